"""The model registry, through the MLflow client.

Belongs here: runs, model versions, aliases, promotion records.
Not here: Dagster, our own tables.
"""
