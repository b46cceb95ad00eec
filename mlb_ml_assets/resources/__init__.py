"""Dagster's doors to the outside: PostgreSQL, MLflow, HTTP.

Belongs here: configurable resources.
Does not: queries, formulas.
"""
