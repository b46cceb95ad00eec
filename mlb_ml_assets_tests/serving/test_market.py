"""A game's market by the API.

Belongs here: /games/{game_id}/market as of instants before, at and after the start.
Not here: the metrics themselves (features/, warehouse/test_quote_metrics.py), the game's page (test_page.py).
"""


def test_the_market_of_a_game_as_of_an_instant(client, served):
    """Consensus, steam and price history as of the instant: a later price must not count."""
    address = f"/api/v2/games/{served.games[0]}/market"
    answer = client.get(address).json()
    moneyline, total = answer["markets"]
    assert (moneyline["books"], moneyline["best_home_or_over_odds"], moneyline["best_away_or_under_odds"]) == (
        2,
        -112,
        104,
    )
    # Two books at two lines: the line priced nearest to even is the consensus.
    assert (total["books"], total["line_value"], total["consensus"]) == (1, 8.5, 0.5)
    (alpha,) = [price for price in answer["prices"] if (price["book_name"], price["side"]) == ("Alpha Sports", "home")]
    assert (alpha["opening_odds"], alpha["odds"], alpha["changes"], alpha["closing_odds"]) == (-110, -118, 1, None)
    assert alpha["minutes_since_change"] == 535

    before = client.get(address, params={"as_of": "2024-06-14T11:04:59Z"}).json()
    (alpha,) = [price for price in before["prices"] if (price["book_name"], price["side"]) == ("Alpha Sports", "home")]
    assert (alpha["odds"], alpha["changes"]) == (-110, 0)
    assert before["as_of"] == "2024-06-14T11:04:59Z"

    # The last two exceed the range of a pandas timestamp.
    for instant in ("2024-06-14T20:00:01Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"):
        refused = client.get(address, params={"as_of": instant})
        assert refused.status_code == 422, instant
        assert "has passed" in refused.text


def test_the_market_of_a_finished_game_is_as_of_its_start(client, served, monkeypatch):
    """A day later nothing has moved for 24 hours, and every market looked unchanged."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-06-16T12:00:00+00:00")
    answer = client.get(f"/api/v2/games/{served.games[0]}/market").json()
    assert answer["as_of"] == "2024-06-14T23:05:00Z"
    (alpha,) = [price for price in answer["prices"] if (price["book_name"], price["side"]) == ("Alpha Sports", "home")]
    assert alpha["closing_odds"] == alpha["odds"] == -126
    moneyline = answer["markets"][0]
    assert (moneyline["tickets"], moneyline["money"], moneyline["handle_ticket_gap"]) == (61, 48, -13)
    # Most tickets on home, and home shortened: with the tickets, not against them.
    assert moneyline["reverse_line_movement"] == 0
