"""The Dagster resources: PostgreSQL and MLflow.

Belongs here: configurable resources.
Not here: queries, formulas.
"""
