"""Dagster's doors to the outside: PostgreSQL, MLflow, HTTP.

Belongs here: configurable resources.
Not here: queries, formulas.
"""
