"""Ten real seasons in.

Belongs here: what the whole of the real archives must come to in our tables.
Not here: single rows and rules (sources/, identity/, warehouse/).
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import psycopg
import pytest

from mlb_ml_assets.flows.history_import import NothingToImport, export_history, import_history
from mlb_ml_assets.pricing.devig import devig_two_way
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.warehouse.archives import FACT_TABLES, count_archive_rows
from mlb_ml_assets.warehouse.history import read_history
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics
from mlb_ml_assets_tests.conftest import _fresh


@pytest.fixture(scope="module")
def imported(database_server, template_database, tmp_path_factory, shared_data) -> Iterator[psycopg.Connection]:
    """A database with the history bundle in it; 40 s, so once for the file. Read only."""
    for database in _fresh(database_server, template_database, tmp_path_factory.mktemp("history")):
        with database.connect() as connection:
            import_history(connection, [shared_data / "history"])
            yield connection


@pytest.fixture(scope="module")
def history(imported):
    return read_history(imported)


def one(connection, statement, *params):
    return connection.execute(statement, params).fetchone()


def test_every_game_of_the_bundle_is_there_once(imported):
    """Double-headers are where games double or vanish: 254 pairs share date and clubs."""
    assert one(
        imported,
        "SELECT count(*), count(mlb_stats_api_game_id), count(DISTINCT mlb_stats_api_game_id), "
        "count(*) FILTER (WHERE season_type = 'postseason') FROM curated.enhanced_games",
    ) == (24472, 24298, 24298, 174)
    assert one(
        imported,
        """SELECT count(*) FROM curated.enhanced_games a JOIN curated.enhanced_games b
           USING (game_date, home_team, away_team)
           WHERE a.game_number = 1 AND b.game_number = 2 AND a.game_datetime < b.game_datetime""",
    ) == (254,)
    assert one(
        imported,
        "SELECT count(*) FROM (SELECT 1 FROM curated.enhanced_games "
        "GROUP BY game_date, home_team, away_team, game_number HAVING count(*) > 1) twice",
    ) == (0,)


def test_what_must_be_rejected_is_held_with_its_reason_and_out_of_the_prices(imported):
    """A defect row that slips through is a price of another game."""
    held = dict(
        imported.execute("SELECT reason, count(*) FROM raw_data.quarantine WHERE source = 'history_bundle' GROUP BY 1")
    )
    assert held["double-header order unsure"] == 360
    assert sum(count for reason, count in held.items() if reason.startswith("close contradicts")) == 36
    assert held["close overround/price out of range"] + held["open overround/price out of range"] == 21
    assert one(
        imported,
        """SELECT count(*) FROM raw_data.quarantine q
           JOIN staging.archive_quotes a ON a.source_game_id = q.source_game_id AND a.feed = q.record ->> 'source'
           WHERE q.record ? 'odds_defect' AND a.quote_kind <> 'tick'""",
    ) == (0,)


def test_results_and_starters_of_our_games_are_the_bundles(imported, history, shared_data):
    """Any sort or join gone wrong shows here as a game with another's score."""
    told = pd.read_csv(shared_data / "history" / "games.csv.gz", dtype={"home_line": str})
    ids = dict(imported.execute("SELECT source_game_id, game_id FROM curated.game_identity"))
    ours = history["results"].set_index("game_id").loc[told["game_id"].map(ids)]
    for column, theirs in (("home_score", "home_score"), ("away_score", "away_score"), ("suspended", "suspended")):
        assert (ours[column].to_numpy() == told[theirs].to_numpy()).all()
    starters = told["home_starter_mlbam"].astype("int64").astype(str).to_numpy()
    # MIL201709150 carries another pitcher's id.
    assert (ours["home_starter_id"].to_numpy() != starters).sum() == 1


def test_a_recorded_start_is_the_parks_wall_clock(history, shared_data):
    """Read as Eastern, a start in Seattle is three hours early, and its decisions with it.

    Pinnacle's own commence times say so: 93 % of 2016's games start on the five minutes, none before.
    """
    ticks = pd.read_csv(shared_data / "history" / "line_history.csv.gz", usecols=["game_pk", "commence_utc"]).dropna()
    listed = pd.to_datetime(ticks.drop_duplicates("game_pk").set_index("game_pk")["commence_utc"], utc=True)
    games = history["games"].set_index("game_pk").loc[listed.index]
    assert (games["start"] == listed).all()
    assert not games["start_assumed"].any()


@pytest.mark.parametrize("stage", ["open", "close"])
def test_the_markets_log_loss_is_the_published_one(history, shared_data, stage):
    """The alarm for in-play prices, swapped sides and lost games, season by season, to .0005 nats on the same games."""
    table = pd.read_csv(shared_data / "benchmarks" / "benchmark_moneyline.csv")
    table = table[(table["sample"] == "own sample") & (table["pred"] == stage)].set_index("season")
    lines = history["market_lines"].query("market_type == 'moneyline' and stage == @stage")
    told = lines.merge(history["games"], on="game_id").merge(history["results"], on="game_id")
    told = told[(told["season_type"] == "regular") & (told["home_score"] != told["away_score"])]
    home, away = (_break_even(told[name]) for name in ("home_or_over_odds", "away_or_under_odds"))
    probability = np.where(told["home_score"] > told["away_score"], home, away) / (home + away)
    ours = pd.Series(-np.log(probability), index=told.index).groupby(told["season"]).agg(["mean", "size"])
    assert ours["size"].tolist() == table["n"].tolist()
    assert np.abs(ours["mean"] - table["logloss"]).max() < 0.0005


def test_the_totals_markets_log_loss_is_the_published_one(history, shared_data):
    """Over and under exchanged would read the mirror image: no worse on average, and wrong on every bet."""
    table = pd.read_csv(shared_data / "benchmarks" / "benchmark_totals_runline.csv")
    table = table[(table["source"] == "sbro") & (table["market"] == "total_close")].set_index("season")
    lines = history["market_lines"].query("market_type == 'total' and stage == 'close'")
    told = lines.merge(history["games"], on="game_id").merge(history["results"], on="game_id")
    told = told[(told["season_type"] == "regular") & told["season"].isin(table.index)]
    runs = told["home_score"] + told["away_score"]
    told, runs = told[runs != told["line_value"]], runs[runs != told["line_value"]]
    over, under = (_break_even(told[name]) for name in ("home_or_over_odds", "away_or_under_odds"))
    won = (runs > told["line_value"]).to_numpy()
    loss = pd.Series(-np.log(np.where(won, over, under) / (over + under)), index=told.index)
    assert np.abs(loss.groupby(told["season"]).mean() - table["logloss"]).max() < 0.0005


def _break_even(odds):
    return np.where(odds > 0, 100 / (100 + odds), -odds / (100 - odds))


@pytest.mark.long
def test_pinnacles_price_nears_its_close_as_published(imported, history):
    """The proof of every as-of price: a quote of a minute too late, and 60 minutes before beats the close.

    2016, regular season, games that had a price 12 hours ahead; paired log-loss differences in nats, each to .0003.
    """
    games = history["games"].query("season == 2016 and season_type == 'regular'")
    games = games.merge(history["results"], on="game_id").query("home_score != away_score").set_index("game_id")
    price = {hours: _pinnacle(imported, games["start"] - pd.Timedelta(hours=hours)) for hours in (0, 1, 6, 12, 24)}
    loss = pd.DataFrame(price).loc[lambda frame: frame[[0, 12]].notna().all(axis=1)]
    won = (games["home_score"] > games["away_score"]).loc[loss.index]
    loss = -np.log(loss.where(won, 1 - loss))
    assert abs(len(loss) - 2203) <= 2
    assert abs(loss[24].count() - 1694) <= 2
    for hours, published in ((24, 0.0022), (6, 0.0010), (1, 0.0001)):
        assert (loss[hours] - loss[0]).mean() == pytest.approx(published, abs=0.0003), hours


def _pinnacle(connection, instants):
    """Fair home probability of Pinnacle's standing price by game; half the margin off each side."""
    requests = pd.DataFrame({"game_id": instants.index, "as_of": instants.to_numpy()})
    told = read_quote_metrics(connection, requests, ["moneyline"]).query(
        "book == 'history_bundle:pinnacle2016:Pinnacle'"
    )
    odds = told.pivot(index="game_id", columns="side", values="odds")
    decimal = 1 / odds.apply(_break_even)
    return pd.Series(devig_two_way(decimal["home"], decimal["away"], refused="nan"), index=odds.index)


def test_no_fact_was_known_before_it_could_be(history):
    """Opening price, line-up, close and result of a game become known in this order, or a decision sees the future."""
    game = history["games"].set_index("game_id")
    lines = history["market_lines"].pivot_table(index="game_id", columns="stage", values="known_at", aggfunc="max")
    result = history["results"].set_index("game_id")["known_at"]
    nines = history["lineups"].groupby("game_id")["known_at"].max()
    start = game["start"].loc[lines.index]
    assert (lines["open"] < start - pd.Timedelta(hours=1)).all()
    assert (nines <= game["start"].loc[nines.index] - pd.Timedelta(hours=3)).all()
    assert (lines["close"] < result.loc[lines.index]).all()
    assert (result > game["start"].loc[result.index]).all()


def test_suspended_games_are_known_when_they_ended(imported):
    """A game begun in May and ended in September has no result in June."""
    assert one(
        imported,
        "SELECT count(*) FROM curated.game_details d JOIN curated.enhanced_games e ON e.id = d.game_id "
        "WHERE d.suspended AND d.result_known_at::DATE > e.game_date + 1",
    ) == (17,)


def test_a_second_import_changes_nothing(imported, shared_data):
    """An import that doubles rows when run twice doubles every average."""
    before = one(imported, "SELECT count(*), max(updated_at) FROM curated.enhanced_games")
    report = import_history(imported, [shared_data / "history"])
    assert report.unchanged == {"history_bundle": sum(count_archive_rows(imported, "history_bundle").values())}
    assert not report.newly_rejected
    assert one(imported, "SELECT count(*), max(updated_at) FROM curated.enhanced_games") == before


def test_logs_and_workbooks_add_evidence_and_no_game(imported, shared_data):
    """Three sources of one season are one season."""
    with imported.transaction(force_rollback=True):
        paths = [shared_data / "retrosheet" / "gl2014.zip", shared_data / "sbro" / "mlb-odds-2014.xlsx"]
        lines = one(imported, "SELECT count(*), sum(fair_probability) FROM curated.market_lines")
        report = import_history(imported, paths)
        assert report.games["games_created"] == 0
        assert report.games["records_unmapped"] == 0
        assert one(imported, "SELECT count(*) FROM curated.enhanced_games") == (24472,)
        linked = dict(imported.execute("SELECT source, count(*) FROM curated.game_identity GROUP BY 1"))
        assert (linked["retrosheet"], linked["sbro"]) == (2430, 2462)
        assert one(imported, "SELECT count(*), sum(fair_probability) FROM curated.market_lines") == lines
        # The bundle's own match of the workbook: every one of our links has its closing price.
        assert one(
            imported,
            "SELECT count(*) FROM staging.archive_quotes w JOIN curated.game_identity i ON i.source = w.source "
            "AND i.source_game_id = w.source_game_id JOIN curated.game_identity b ON b.game_id = i.game_id "
            "AND b.source = 'history_bundle' JOIN staging.archive_quotes q ON q.source = b.source "
            "AND q.source_game_id = b.source_game_id AND q.feed = 'sbro' AND (q.quote_kind, q.market_type, q.side) = "
            "(w.quote_kind, w.market_type, w.side) WHERE w.source = 'sbro' AND w.odds <> q.odds",
        ) == (0,)


def test_a_path_without_an_archive_is_an_error_that_says_what_was_expected(database, tmp_path):
    """An import of nothing that reports success is found out months later."""
    with database.connect() as connection:
        with pytest.raises(NothingToImport, match=r"games\.csv\.gz"):
            import_history(connection, [tmp_path])
        with pytest.raises(NothingToImport, match="name too long"):
            import_history(connection, [tmp_path / ("9" * 400)])


def test_an_import_cut_short_between_rows_and_games_is_made_whole_by_the_next(database, tmp_path, monkeypatch):
    """Files that count as taken in before their games are built are skipped for ever after."""
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 8), season_days=20)
    write_bundle(simulate_league(config), tmp_path, before=config.today, ticks_from=config.today)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with database.connect() as connection:
        with monkeypatch.context() as patched:
            patched.setattr("mlb_ml_assets.flows.history_import.build_enhanced_games", dies)
            with pytest.raises(KeyboardInterrupt):
                import_history(connection, [tmp_path])
        assert one(connection, "SELECT COUNT(*) > 50 FROM staging.source_games") == (True,)
        import_history(connection, [tmp_path])
        assert one(connection, "SELECT COUNT(*) > 50 FROM curated.enhanced_games") == (True,)
        assert import_history(connection, [tmp_path]).unchanged == {"history_bundle": sum(
            count_archive_rows(connection, "history_bundle").values()
        )}  # fmt: skip


@pytest.mark.long
def test_an_exported_bundle_imports_to_the_same_rows(imported, database, tmp_path):
    """A backup that comes back different is found out when it is needed."""
    export_history(imported, tmp_path / "out")
    with database.connect() as connection:
        import_history(connection, [tmp_path / "out"])
        for table in (*FACT_TABLES, "people"):
            if table != "source_games":
                assert _digest(connection, f"SELECT * FROM staging.{table}") == _digest(
                    imported, f"SELECT * FROM staging.{table}"
                ), table
        games = "SELECT source_game_id, content_hash FROM staging.source_games"
        assert _digest(connection, games) == _digest(imported, games)


def _digest(connection, statement):
    return one(connection, f"SELECT count(*), sum(hashtextextended(told::TEXT, 0)::NUMERIC) FROM ({statement}) told")
