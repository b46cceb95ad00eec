"""The Prediction API and the web page.

Belongs here: routes, views, templates.
Not here: Dagster, model fitting.
"""
