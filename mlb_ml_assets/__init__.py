"""MLB betting models as Dagster assets over one PostgreSQL database.

Belongs here: the rooms listed in docs/house.md.
Not here: code at this level beyond the command and the table of contents.
"""
