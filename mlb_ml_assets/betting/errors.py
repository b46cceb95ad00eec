"""The base of this package's errors.

Belongs here: `BettingError`, which a caller catches for any of them.
Not here: the errors themselves, which are beside the functions that raise them.
"""


class BettingError(ValueError):
    """Forecasts, quotes, bets or results that cannot be used; the message names the field or the game."""
