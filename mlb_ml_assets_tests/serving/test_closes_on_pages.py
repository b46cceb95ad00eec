"""The close of a bet's own book on the pages.

Belongs here: its value, age and reason on a game's page, its mean on the track record.
Not here: settlement (flows/test_clv_reference.py).
"""

import pytest


@pytest.fixture
def close_own(served):
    """Writes the close of the own book of every side of the finished game; its id."""

    def write(**values):
        with served.database.connect() as connection:
            for name, value in values.items():
                connection.execute(
                    f"UPDATE curated.ml_recommendations SET {name} = %s WHERE game_id = %s", (value, served.games[3])
                )
        return served.games[3]

    return write


def test_a_game_and_the_track_record_show_the_close_of_the_own_book(client, close_own):
    """CLV against the market alone says nothing of the book where the bet was placed."""
    game = close_own(
        own_closing_odds=-118, own_closing_probability=0.537, own_clv_expected_value=0.0213, own_close_age_minutes=4
    )
    page = client.get(f"/games/{game}").text
    assert "Own close" in page
    assert "53.7%" in page
    assert "4 min before first pitch" in page
    assert "own book +2.13% over 1" in client.get("/performance").text


def test_a_game_says_why_the_own_book_has_no_close(client, close_own):
    """Without the reason a missing close reads like one that is still to come."""
    page = client.get(f"/games/{close_own(no_own_close_reason='not seen in time', own_close_age_minutes=271)}").text
    assert "none <small>not seen in time: last seen 271 min before first pitch" in page
