"""Which record of which source is which game, team, player or book, with evidence.

Belongs here: pure matching rules and dated code tables.
Not here: database access, parsing.
"""


class IdentityError(LookupError):
    """Something is not in the tables of this package. Base of its errors."""
