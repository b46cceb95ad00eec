"""The database: settings, migrations, contract, and one module per family of tables.

Belongs here: functions that are each one query of sql/.
Not here: formulas, Dagster types, HTTP.
"""
