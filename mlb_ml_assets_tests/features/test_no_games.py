"""Days on which nobody plays.

Belongs here: that they are days of no rows, not failures.
Not here: days with games (test_sweep.py).
"""

from datetime import date

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.features import build_vectors


def test_no_line_up_at_all_is_no_failure(database):
    """Every winter day, and the first day of a new database, ended its run with a TypeError of pandas."""
    winter = date(2015, 1, 5)
    with database.connect() as connection:
        assert build_vectors(connection, DayRange(winter, winter)) == {"games": 0, "vectors": 0}
