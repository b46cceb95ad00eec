"""One module per outside source: fetch a payload, parse it into rows.

Belongs here: fetchers, parsers, the typed rows they give.
Not here: database access, Dagster, identity across sources.
"""
