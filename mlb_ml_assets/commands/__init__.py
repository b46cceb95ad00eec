"""The bodies of the `mlb-ml` commands that are more than one call.

Belongs here: one module per command: gather, call, show.
Not here: the options (cli.py), formulas, queries.
"""
