"""The bodies of the `mlb-ml` commands that are more than one call.

Belongs here: one module per command: gather, call, print.
Not here: the options (cli.py), formulas, queries.
"""
