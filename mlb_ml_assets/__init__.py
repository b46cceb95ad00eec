"""MLB betting models as Dagster assets over one PostgreSQL database.

Belongs here: the rooms listed in docs/house.md.
Does not: code at this level beyond the command and the table of contents.
"""
