"""The pages of a database that has baseball and no odds.

Belongs here: what they say odds would add.
Not here: predictions without a price (flows/).
"""

import pytest

from mlb_ml_assets_tests.serving.conftest import client_for
from mlb_ml_assets_tests.serving.slate_rows import DAY

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("path", "added"),
    [
        (f"/?date={DAY}", "a stake"),
        ("/games/id:1", "movement by book"),
        ("/performance", "comparison with the opening and the closing line"),
    ],
)
def test_each_page_says_what_odds_would_add(served, path, added):
    """Dashes in half of the columns look like a fault; with one price in the database the note is gone."""
    with served.database.connect() as connection:
        connection.execute("DELETE FROM curated.market_lines")
    with client_for(served.database) as client:
        text = client.get(path, headers=HTML).text
    assert "has no odds" in text
    assert added in text
    assert "mlb-ml ingest action_network" in text
    with served.database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.market_lines (game_id, market_type, stage, price_stage, home_or_over_odds, "
            "away_or_under_odds, fair_probability, overround, quoted_at, known_at, book, books, assumed) "
            "VALUES (1, 'moneyline', 'open', 'open', -110, -110, 0.5, 0.05, now(), now(), 'x:1', 1, FALSE)"
        )
    with client_for(served.database) as client:
        assert "has no odds" not in client.get(path, headers=HTML).text
