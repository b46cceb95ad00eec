"""The Prediction API and the web page.

Belongs here: routes, views, templates.
Does not: Dagster, model fitting.
"""
