"""The wide feature table, the vectors and the checkpoints against a real database.

Belongs here: what is stored comes back bit for bit, and what is stored stays.
Not here: how features are computed (features/).
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.input_ages import CLOSES, age_column
from mlb_ml_assets.features.config import DEFAULT_CONFIG
from mlb_ml_assets.features.declarations import BASEBALL_COLUMNS, FEATURE_COLUMNS, MEMORY_COLUMNS
from mlb_ml_assets.features.facts import known_at
from mlb_ml_assets.features.sweep import advance, build_features
from mlb_ml_assets.warehouse.declared_columns import declared_columns
from mlb_ml_assets.warehouse.feature_checkpoints import (
    Checkpoint,
    begin_feature_generation,
    current_feature_version,
    read_checkpoint,
    write_checkpoint,
)
from mlb_ml_assets.warehouse.feature_store import (
    STORED_NUMBERS,
    FeaturesRefused,
    read_features,
    read_training,
    write_features,
)
from mlb_ml_assets.warehouse.feature_vectors import VectorChanged, write_feature_vectors
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame

FIRST, LAST = dt.date(2016, 6, 1), dt.date(2016, 6, 30)


@pytest.fixture(scope="module")
def history():
    return made_up_history()


@pytest.fixture(scope="module")
def features(history):
    frame = build_features(history, both_stages(history))
    return frame.assign(price_stage="open", **dict.fromkeys((*MEMORY_COLUMNS, age_column(CLOSES)), np.nan))


@pytest.fixture
def stored_games(database, history):
    """A connection to a database that has the league's games with their results."""
    with database.connect(autocommit=False) as connection:
        for game in history.games.merge(history.results, on="game_id").itertuples():
            connection.execute(
                "INSERT INTO curated.enhanced_games (id, home_team, away_team, game_date, game_datetime, season, "
                "home_score, away_score, game_status) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'final')",
                (game.game_id, game.home_team, game.away_team, game.game_date.date(), game.start, game.season,
                 game.home_score, game.away_score),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO curated.game_details (game_id, neutral_site, doubleheader, scheduled_innings, "
                "start_assumed, suspended, home_bats_first, result_known_at) "
                "VALUES (%s, FALSE, 'N', 9, FALSE, FALSE, FALSE, %s)",
                (game.game_id, game.known_at),
            )
        yield connection


def test_the_table_has_the_columns_of_the_registry():
    """A feature added to the registry and not to the table is lost without a word, or shifts its neighbours."""
    found = [column.name for column in declared_columns("curated.game_features") if column.type == "real"]
    assert sorted(found) == sorted(STORED_NUMBERS)


def test_features_come_back_bit_for_bit(stored_games, features):
    """Training reads what prediction saw; a rounding on the way would part the two."""
    assert write_features(stored_games, features, "1.0") == (len(features), 0)
    read = read_features(stored_games, FIRST, LAST, "1.0")
    merged = features.merge(read, on=["game_id", "stage", "as_of"], suffixes=("", "_read"))
    assert len(merged) == len(features) == len(read)
    pd.testing.assert_series_equal(merged.known_at, merged.known_at_read, check_names=False, check_dtype=False)
    for name in STORED_NUMBERS:
        np.testing.assert_array_equal(merged[name].to_numpy(np.float32), merged[f"{name}_read"].to_numpy(np.float32))


def test_writing_again_changes_nothing(stored_games, features):
    """A partition run twice must leave the rows alone, dead tuples included; a changed value must not."""
    write_features(stored_games, features, "1.0")
    assert write_features(stored_games, features, "1.0") == (0, 0)
    changed = features.assign(home_elo=features.home_elo + (features.index == 3))
    assert write_features(stored_games, changed, "1.0") == (0, 1)


def test_a_frame_without_a_column_is_refused(stored_games, features):
    """A missing column stored as NaN would look like a fact not known."""
    with pytest.raises(FeaturesRefused, match="home_elo"):
        write_features(stored_games, features.drop(columns="home_elo"), "1.0")


def test_a_value_that_breaks_the_stride_is_still_read(stored_games, features):
    """An adopted table may hold a NULL; the fast path must notice, not read the neighbour's bytes."""
    write_features(stored_games, features, "1.0")
    stored_games.execute("ALTER TABLE curated.game_features ALTER home_elo DROP NOT NULL")
    stored_games.execute("UPDATE curated.game_features SET home_elo = NULL WHERE game_id = 101")
    read = read_features(stored_games, FIRST, LAST, "1.0")
    assert read.loc[read.game_id == 101, "home_elo"].isna().all()
    assert read.loc[read.game_id != 101, "home_elo"].notna().all()
    assert read.as_of.dt.tz is not None


def test_training_sees_results_only_once_they_are_known(stored_games, features):
    """The model of a month must not learn from games that ended after its cutoff."""
    write_features(stored_games, features, current_feature_version(stored_games))
    cutoff = dt.datetime(2016, 6, 5, 16, tzinfo=dt.UTC)
    frame = read_training(stored_games, cutoff)
    assert set(frame.game_date.dt.date) == {dt.date(2016, 6, day) for day in range(1, 5)}
    assert (frame.result_known_at <= cutoff).all()
    assert set(frame.home_win) <= {0.0, 1.0}
    assert len(frame) == frame.game_id.nunique() * 2


def test_training_takes_the_price_of_the_decision_and_the_close(stored_games, features):
    """The anchor learns the move from the price it had to the close; mixing them up would make the move zero."""
    write_features(stored_games, features, "1.0")
    for stage, probability in (("open", 0.5), ("close", 0.6)):
        stored_games.execute(
            "INSERT INTO curated.market_lines SELECT id, %s, 'moneyline', 'b', 1, -110, -110, NULL, %s, 0.04, "
            "game_datetime - interval '1 day', game_datetime - interval '1 day', TRUE, %s FROM curated.enhanced_games",
            (stage, probability, stage),
        )
    frame = read_training(stored_games, dt.datetime(2016, 7, 1, tzinfo=dt.UTC))
    np.testing.assert_allclose(frame.market_home_logit, 0.0, atol=1e-12)
    np.testing.assert_allclose(frame.close_home_logit, np.log(0.6 / 0.4))
    assert frame.market_total_line.isna().all()


def test_a_vector_keeps_its_id_for_ever(stored_games, features):
    """Predictions refer to the row; a rebuild that replaced it would break the lineage or the foreign key."""
    first = write_feature_vectors(stored_games, features, "1.0")
    again = write_feature_vectors(stored_games, features, "1.0")
    assert first.fresh.all()
    assert not again.fresh.any()
    assert (first.feature_vector_id.sort_values().to_numpy() == again.feature_vector_id.sort_values().to_numpy()).all()


def test_a_vector_holds_the_numbers_that_were_hashed(stored_games, features):
    """The JSON is the proof of what a prediction saw: every float must read back to the same 32 bits."""
    write_feature_vectors(stored_games, features, "1.0")
    row = features.iloc[10]
    team, missing, total, completeness = stored_games.execute(
        "SELECT team_features, missing_feature_count, total_feature_count, feature_completeness_score "
        "FROM curated.ml_feature_vectors WHERE game_id = %s AND feature_version = %s",
        (int(row.game_id), f"1.0-{row.stage}"),
    ).fetchone()
    for name, value in team.items():
        stored = np.float32(np.nan if value is None else value)
        np.testing.assert_array_equal(stored, np.float32(row[name]), err_msg=name)
    assert "home_lineup_slot" not in team, "an open vector has no line-up features at all"
    assert 0 < missing < total
    assert float(completeness) == pytest.approx(1 - missing / total, abs=0.005)


def test_a_vector_that_would_change_is_refused(stored_games, features):
    """Facts imported anew behind a stored vector would silently make the past look better than it was."""
    write_feature_vectors(stored_games, features, "1.0")
    changed = features.assign(home_elo=features.home_elo + 1)
    with pytest.raises(VectorChanged, match="generation"):
        write_feature_vectors(stored_games, changed, "1.0")


def test_a_new_generation_leaves_the_old_vectors(stored_games, features):
    """After a re-import both generations stand side by side, each under its version."""
    version = current_feature_version(stored_games)
    write_feature_vectors(stored_games, features, version)
    later = begin_feature_generation(stored_games, "a test imports its history anew")
    assert later != version
    write_feature_vectors(stored_games, features.assign(home_elo=features.home_elo + 1), later)
    (count,) = stored_games.execute("SELECT count(*) FROM curated.ml_feature_vectors").fetchone()
    assert count == 2 * len(features)


def test_a_checkpoint_is_written_once_and_found_again(stored_games, history):
    """A state overwritten by a later run would hold facts that were not known when it was first used."""
    day = dt.date(2016, 6, 6)
    state = advance(history, day, DEFAULT_CONFIG)
    assert write_checkpoint(stored_games, Checkpoint(day, state.to_bytes(), b"memory"), "1.0")
    assert not write_checkpoint(stored_games, Checkpoint(day, b"another state", b"another"), "1.0")
    as_of = dt.datetime(2016, 6, 8, 16, tzinfo=dt.UTC)
    found = read_checkpoint(stored_games, dt.date(2016, 6, 7), as_of, "1.0")
    assert found == Checkpoint(day, state.to_bytes(), b"memory")
    assert read_checkpoint(stored_games, dt.date(2016, 6, 5), as_of, "1.0") is None
    stored_games.execute("DELETE FROM curated.feature_checkpoints")
    assert read_checkpoint(stored_games, day, as_of, "1.0") is None


def test_a_late_result_makes_checkpoints_over_it_unusable(stored_games, history):
    """A correction of 4 June that comes on the 7th is not in the checkpoint of the 6th: starting there loses it."""
    for day in (dt.date(2016, 6, 3), dt.date(2016, 6, 6)):
        write_checkpoint(stored_games, Checkpoint(day, advance(history, day).to_bytes(), b"memory"), "1.0")
    late = dt.datetime(2016, 6, 7, 20, tzinfo=dt.UTC)
    stored_games.execute(
        "INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, "
        "away_team, scheduled_start, status, captured_at, content_hash) VALUES ('mlb_stats_api', '1', '2016-06-04', "
        "2016, 'regular', 'ATL', 'BOS', '2016-06-04 23:05Z', 'final', now(), 'x')"
    )
    stored_games.execute(
        "INSERT INTO staging.game_results (source, source_game_id, known_at, assumed, home_score, away_score) "
        "VALUES ('mlb_stats_api', '1', %s, FALSE, 1, 2)",
        (late,),
    )
    before, after = late - dt.timedelta(hours=1), late + dt.timedelta(hours=1)
    assert read_checkpoint(stored_games, LAST, before, "1.0").day == dt.date(2016, 6, 6)
    assert read_checkpoint(stored_games, LAST, after, "1.0").day == dt.date(2016, 6, 3)


def test_every_computed_column_is_stored(features):
    """A column computed and not declared never reaches the table."""
    assert set(BASEBALL_COLUMNS) | set(MEMORY_COLUMNS) == set(FEATURE_COLUMNS)
    assert set(FEATURE_COLUMNS) <= set(features.columns)


def test_a_past_day_rebuilt_today_is_what_was_stored_then(stored_games, history):
    """The proof of an honest backfill: whatever happened since, the old rows come out again."""
    then = dt.datetime(2016, 6, 7, 12, tzinfo=dt.UTC)
    asked = both_stages(history)
    asked = asked[asked.as_of <= then]
    memory = dict.fromkeys((*MEMORY_COLUMNS, age_column(CLOSES)), np.nan)
    stored = build_features(known_at(then, history).history, asked).assign(price_stage="open", **memory)
    write_features(stored_games, stored, "1.0")
    first = write_feature_vectors(stored_games, stored, "1.0")
    correction = history.results.iloc[[0]].assign(home_score=30, known_at=pd.Timestamp("2016-06-08 20:00", tz="UTC"))
    since = with_frame(history, "results", pd.concat([history.results, correction], ignore_index=True))
    rebuilt = build_features(since, asked).assign(price_stage="open", **memory)
    assert write_features(stored_games, rebuilt, "1.0") == (0, 0)
    again = write_feature_vectors(stored_games, rebuilt, "1.0")
    assert not again.fresh.any()
    assert set(again.feature_hash) == set(first.feature_hash)
