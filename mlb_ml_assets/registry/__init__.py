"""The model registry, through the MLflow client.

Belongs here: runs, model versions, aliases, promotion records.
Does not: Dagster, our own tables.
"""
