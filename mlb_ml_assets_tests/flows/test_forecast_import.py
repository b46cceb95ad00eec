"""Forecasts of others beside ours: from a file to the track record.

Belongs here: games found in every form, quarantine, the series' comparison.
Not here: layouts of files (sources/), which forecast counts (evaluation/).
"""

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.forecast_import import import_forecasts
from mlb_ml_assets.flows.performance import score_days
from mlb_ml_assets_tests.chain import LAST, MONTHS, rows_of

GAMES = """
SELECT g.id, g.mlb_stats_api_game_id, g.game_date, g.away_team, g.home_team, g.game_number,
    min(r.decided_at) FILTER (WHERE r.stage = 'open'), min(r.decided_at) FILTER (WHERE r.stage = 'lineup')
FROM curated.enhanced_games AS g
INNER JOIN curated.ml_recommendations AS r ON r.game_id = g.id AND r.market_type = 'moneyline'
WHERE g.home_score IS NOT NULL AND r.closing_probability IS NOT NULL
GROUP BY g.id ORDER BY g.id
"""


def test_a_forecaster_is_scored_on_the_games_and_decisions_that_it_was_in_time_for(played, tmp_path):
    """Made between the two decisions, a forecast belongs to the second alone."""
    path = tmp_path / "bob.csv"
    with played.connect() as connection:
        games = [row for row in rows_of(connection, GAMES) if row[6] and row[7] and row[6] < row[7]][:60]
        lines = ["who,game,instant,home_win,over,cover"]
        for number, (game, pk, day, away, home, of_day, _, lineup) in enumerate(games):
            name = (f"id:{game}", f"pk:{pk}", f"{day}-{away}-{home}-{of_day or 1}")[number % 3]
            lines.append(f"bob,{name},{lineup.isoformat()},0.55,,")
        lines.append("bob,id:999999,2024-05-01T12:00Z,0.5,,")
        lines.append("bob,the opener,2024-05-01T12:00Z,0.5,,")
        path.write_text("\n".join(lines))
        report = import_forecasts(connection, path)
        assert report.forecasters == {"bob": len(games)}
        assert report.reasons == {"unknown game": 1, "not a game reference": 1}
        assert import_forecasts(connection, path).written.unchanged == len(games)
        held = rows_of(connection, "SELECT detail FROM raw_data.quarantine WHERE source = 'outside_forecasts'")
        assert any(f"bob.csv line {len(lines)}, column game: 'the opener'" in detail for (detail,) in held)
        score_days(connection, DayRange(MONTHS[0], LAST))
        compared = rows_of(
            connection,
            "SELECT model_name, forecaster, reference, games, bets FROM curated.market_comparison "
            "WHERE 'bob' IN (forecaster, reference) AND model_version = 'walk-forward' "
            "AND evaluation_period_start = '2024-01-01'",
        )
    assert {row[:3] for row in compared} >= {
        ("mlb_game_model_lineup", "bob", "close"), ("mlb_game_model_lineup", "blind", "bob"),
        ("mlb_game_model_lineup", "anchored", "bob"),
    }  # fmt: skip
    assert {row[0] for row in compared} == {"mlb_game_model_lineup"}
    assert {(games_, bets) for _, forecaster, reference, games_, bets in compared if forecaster == "bob"
            and reference == "close"} == {(len(games), 0)}  # fmt: skip
