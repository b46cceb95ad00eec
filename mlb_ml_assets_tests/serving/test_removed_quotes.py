"""A game whose quotes retention removed: what its page and the API say.

Belongs here: months named beside prices that are not there.
Not here: removing and restoring months (flows/test_retention.py).
"""

import pytest


@pytest.fixture
def removed(served):
    """A game with quotes of June 2024, which the archive tier has alone."""
    with served.database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.archived_months (table_name, month, file, row_count, byte_count, sha256, rows_state, "
            "written_at, verified_at, compared_at, removed_at) "
            "SELECT 'staging.source_quotes', month, 'f', 1, 1, %s, %s, now(), now(), now(), now() "
            "FROM unnest(ARRAY['2024-05-01', '2024-06-01']::DATE[]) AS month",
            ["0" * 64] * 2,
        )
    return served.games[0]


def test_page_and_api_name_the_months_that_a_game_lacks(client, removed):
    """An empty list of prices passed for a game that nobody had quoted."""
    for name in ("quotes", "movement"):
        assert client.get(f"/api/v2/games/{removed}/{name}").json()["removed_months"] == ["2024-06-01"]
    page = client.get(f"/games/{removed}").text
    assert "in the archive tier only" in page
    assert "mlb-ml archive restore 2024-06" in page
    assert "2024-05" not in page.split("Quotes removed")[1].split("</aside>")[0]


def test_a_game_with_its_quotes_names_none(client, served):
    """A note on every page would be read on none."""
    assert client.get(f"/api/v2/games/{served.games[0]}/quotes").json()["removed_months"] == []
    assert "archive tier" not in client.get(f"/games/{served.games[0]}").text
