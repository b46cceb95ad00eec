"""The contract against real databases: ours, drifted ones, and every rival generation.

Belongs here: check_contract, require_fit and require_migratable with DDL under them.
Not here: type arithmetic without a database (test_compare.py).
"""

import psycopg
import pytest
from psycopg import sql

from mlb_ml_assets.warehouse.contract import (
    ADOPTED,
    ContractError,
    can_write,
    check_contract,
    create_missing,
    require_fit,
    require_migratable,
)
from mlb_ml_assets.warehouse.contract.compare import Severity
from mlb_ml_assets.warehouse.contract.report import MIGRATE
from mlb_ml_assets.warehouse.contract.shape import read_tables
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.sql import migrations_folder
from mlb_ml_assets_tests.warehouse.contract.rival_generations import (
    ELSEWHERE,
    LANDING_RIVALS,
    REQUIRED_RIVALS,
    Rival,
)

RIVALS = (*REQUIRED_RIVALS, *LANDING_RIVALS)
PREDICTIONS = "curated.ml_predictions"
ODDS = "staging.action_network_odds_historical"
SPLITS = "curated.unified_betting_splits"


def name_of(rival: Rival) -> str:
    return f"{rival.table}-{rival.generation}"


def follow_advice(connection):
    """Run what the contract advises, as the tables' owner would, and see that the database fits."""
    for step in check_contract(connection).advice:
        if step == MIGRATE:
            migrate(connection.info.dsn)
        else:
            connection.execute(step)
    report = check_contract(connection)
    assert report.fits, report.render()
    assert report.advice == ()


def test_a_migrated_database_is_the_declared_contract(connection):
    """The declaration and the migration are two texts of one truth; a column changed in one alone must be noticed."""
    live = read_tables(connection, list(ADOPTED))
    for needed in ADOPTED.values():
        found = live[needed.name]
        columns = {name: str(column) for name, column in found.columns.items()}
        if needed.referred_to:
            columns = {name: columns[name] for name in needed.columns}
        else:
            assert set(needed.keys) == set(found.keys), needed.name
        assert dict(needed.columns) == columns, needed.name
        assert dict(needed.refers_to) == dict(found.refers_to), needed.name


def test_a_migrated_database_fits_without_any_difference(connection):
    """A check that grumbles about its own migration is a check nobody reads."""
    report = check_contract(connection)
    assert report.differences == ()
    assert report.exit_code == 0
    assert report.notes == ()
    assert "no known generation" not in report.render()


def test_samples_name_columns_of_their_table():
    """A misspelt column is dropped in silence, and the CHECK over the real one sees NULL and lets it pass."""
    for needed in ADOPTED.values():
        for sample in needed.samples:
            assert set(sample) <= {*needed.columns, "updated_at", "collected_at", "created_at"}, needed.name


@pytest.mark.parametrize("rival", RIVALS, ids=name_of)
def test_a_rival_generation_is_named_and_never_written(bare, rival):
    """CREATE TABLE IF NOT EXISTS passes over a rival in silence; the first INSERT then fails in the middle of a run."""
    bare.execute(rival.ddl)
    report = check_contract(bare)
    table = report.table(rival.table)
    assert rival.generation in table.generation
    assert rival.generation in report.render()
    assert rival.generation in table.blocking[0].generation
    assert not can_write(bare, rival.table)
    with pytest.raises(ContractError, match="nothing is written into " + rival.table):
        require_fit(bare, rival.table)


@pytest.mark.parametrize("rival", LANDING_RIVALS, ids=name_of)
def test_a_landing_table_of_another_generation_is_left_alone_and_does_not_stop_us(bare, empty_database, rival):
    """Payloads have a home of their own; somebody else's landing table is no reason to fetch nothing."""
    bare.execute(rival.ddl)
    before = read_tables(bare, [rival.table])
    migrate(empty_database.dsn)
    report = check_contract(bare)
    assert report.fits
    assert report.left_alone == (rival.table,)
    assert "payloads are kept in raw_data.payload_receipts" in report.table(rival.table).render()
    assert read_tables(bare, [rival.table]) == before


@pytest.mark.parametrize("rival", REQUIRED_RIVALS, ids=name_of)
def test_migrating_over_a_rival_stops_with_words_or_leaves_it_as_it_is(bare, empty_database, rival):
    """A foreign key to a table of another shape ends a migration in a raw SQL error, halfway through the files."""
    bare.execute(rival.ddl)
    before = read_tables(bare, [rival.table])
    if rival.stops_migration:
        with pytest.raises(ContractError, match=r"set_aside"):
            migrate(empty_database.dsn)
        made = "SELECT count(*) FROM pg_tables WHERE schemaname IN ('raw_data', 'staging')"
        assert bare.execute(made).fetchone() == (0,)
        return
    migrate(empty_database.dsn)
    assert read_tables(bare, [rival.table]) == before
    assert {one.table for one in check_contract(bare).blocking} == {rival.table}


@pytest.mark.parametrize(("ddl", "word"), ELSEWHERE)
def test_a_generation_that_lives_under_other_names_is_mentioned(connection, ddl, word):
    """Whoever reads the report must learn that another program's predictions are in the same database."""
    connection.execute(ddl)
    report = check_contract(connection)
    assert report.fits
    assert [note for note in report.notes if word in note]


def test_the_aborted_012_is_recognised_and_migrating_mends_it(bare, empty_database):
    """The earlier set-up printed success after 012 had been rolled back: its databases lack ml_predictions."""
    ddl = (migrations_folder() / "0001_adopted_tables.sql").read_text(encoding="utf-8")
    bare.execute(ddl.encode())
    bare.execute(
        "DROP TABLE curated.ml_market_features, curated.ml_team_features, curated.ml_feature_vectors, "
        "curated.ml_predictions, curated.ml_model_performance, curated.ml_experiments"
    )
    report = check_contract(bare)
    assert report.exit_code == 1
    assert "012 was rolled back" in report.notes[0]
    assert report.table(PREDICTIONS).blocking[0].severity is Severity.MISSING
    assert report.table(PREDICTIONS).advice == ("mlb-ml migrate",)
    assert PREDICTIONS in report.render().partition("missing, run mlb-ml migrate: ")[2]
    require_migratable(bare)
    migrate(empty_database.dsn)
    assert check_contract(bare).fits


def test_an_unmigrated_database_says_migrate(bare):
    """The first thing a newcomer runs must name the next command, not list sixteen puzzles."""
    report = check_contract(bare)
    assert report.exit_code == 1
    assert all(one.remedy == "mlb-ml migrate" for one in report.blocking)
    require_migratable(bare)


def test_odds_without_the_columns_of_018_fit(drifting, connection):
    """018 is no valid PostgreSQL: most real databases lack its columns, and we can do without them."""
    columns = sorted(ADOPTED[ODDS].optional)
    drop = ", ".join(f"DROP COLUMN {column}" for column in columns)
    assert drifting(f"ALTER TABLE {ODDS} {drop}", ODDS) == ()
    report = check_contract(connection).table(ODDS)
    assert "without 018" in report.generation
    assert len(report.differences) == len(columns)


def test_the_stand_alone_odds_schema_is_named_and_fits(drifting, connection):
    """Its raw_data_id points into one table only: a reader of the report must know to leave it NULL."""
    reference = f"ALTER TABLE {ODDS} ADD FOREIGN KEY (raw_data_id) REFERENCES raw_data.action_network_odds (id)"
    assert drifting(reference, ODDS) == ()
    assert "stand-alone" in check_contract(connection).table(ODDS).generation


@pytest.mark.parametrize(
    ("table", "change", "named", "remedy"),
    [
        (PREDICTIONS, "DROP COLUMN run_id", "column run_id", "ADD COLUMN run_id character varying(100)"),
        (PREDICTIONS, "ALTER COLUMN run_id TYPE VARCHAR(20)", "column run_id", "TYPE character varying(100)"),
        (PREDICTIONS, "ALTER COLUMN total_kelly_fraction TYPE NUMERIC(3, 2)", "column total_kelly_fraction", "TYPE"),
        (PREDICTIONS, "ALTER COLUMN prediction_timestamp TYPE TIMESTAMP", "column prediction_timestamp", "TYPE"),
        (PREDICTIONS, "ALTER COLUMN feature_importance TYPE JSON", "column feature_importance", "TYPE jsonb"),
        (PREDICTIONS, "ALTER COLUMN risk_level SET NOT NULL", "column risk_level", "DROP NOT NULL"),
        (PREDICTIONS, "ALTER COLUMN id DROP DEFAULT", "column id", "GENERATED BY DEFAULT AS IDENTITY"),
        (PREDICTIONS, "ADD COLUMN trader TEXT NOT NULL", "column trader", "DROP NOT NULL"),
        (PREDICTIONS, "DROP CONSTRAINT unique_model_game_prediction", "unique key", "ADD UNIQUE (game_id, model_name"),
        (PREDICTIONS, "ADD UNIQUE (game_id, model_name)", "unique key", "DROP CONSTRAINT"),
        (
            PREDICTIONS,
            "ADD CONSTRAINT small CHECK (ml_kelly_fraction <= 0.05)",
            "check small",
            'DROP CONSTRAINT "small"',
        ),
        (PREDICTIONS, "ADD CONSTRAINT early CHECK (time_to_game_minutes >= 120)", "check early", "DROP CONSTRAINT"),
        (PREDICTIONS, "ADD FOREIGN KEY (run_id) REFERENCES runs (id)", "reference of run_id", "DROP CONSTRAINT"),
        ("curated.ml_experiments", "ADD CHECK (status <> 'failed')", "check ml_experiments_status_check1", "DROP"),
        ("curated.enhanced_games", "ADD CHECK (season >= 2020)", "check enhanced_games_season_check1", "DROP"),
        ("curated.enhanced_games", "ADD CHECK (mlb_stats_api_game_id IS NOT NULL)", "check enhanced_games_ml", "DROP"),
        (ODDS, "ADD CHECK (odds BETWEEN -1000 AND 1000)", "check action_network_odds_historical_odds_check", "DROP"),
    ],
)
def test_what_would_refuse_our_rows_blocks_and_says_what_to_run(connection, table, change, named, remedy):
    """Each of these lets the run start and fails it at the first row that matters, weeks later perhaps. Advice that
    does not lead to a table that fits is worse than none."""
    connection.execute("CREATE TABLE runs (id VARCHAR(100) PRIMARY KEY)")
    # Made for stamps with a time zone alone: a table that differs from ours does not have it.
    connection.execute("DROP INDEX curated.ml_predictions_out_of_range")
    connection.execute(f"ALTER TABLE {table} {change}")
    blocking = check_contract(connection).table(table).blocking
    assert len(blocking) == 1
    assert blocking[0].part.startswith(named)
    assert remedy in blocking[0].remedy
    with pytest.raises(ContractError) as caught:
        require_fit(connection, table)
    assert named in str(caught.value)
    assert blocking[0].remedy in str(caught.value)
    follow_advice(connection)


@pytest.mark.parametrize(
    "change",
    [
        "ADD COLUMN trader TEXT",
        "ADD COLUMN weight INTEGER NOT NULL DEFAULT 1",
        "ALTER COLUMN run_id TYPE VARCHAR(200)",
        "ALTER COLUMN run_id TYPE TEXT",
        "ALTER COLUMN total_expected_value TYPE NUMERIC(12, 6)",
        "ALTER COLUMN total_expected_value TYPE DOUBLE PRECISION",
        "ALTER COLUMN time_to_game_minutes TYPE BIGINT",
        "ALTER COLUMN id TYPE INTEGER",
        "ALTER COLUMN model_name DROP NOT NULL",
        "ALTER COLUMN created_at DROP NOT NULL",
        "DROP CONSTRAINT valid_kelly_fractions",
        "DROP CONSTRAINT ml_predictions_game_id_fkey",
        "ADD CONSTRAINT sane CHECK (total_over_probability <= 1.0 AND model_name <> '')",
        "ADD UNIQUE (game_id, model_name, model_version, prediction_timestamp, run_id)",
    ],
)
def test_what_lets_our_rows_in_is_harmless(connection, change):
    """A pipeline that refuses over an extra column gets switched off."""
    connection.execute("DROP TABLE curated.ml_recommendations CASCADE")
    connection.execute(f"ALTER TABLE {PREDICTIONS} {change}")
    report = check_contract(connection)
    assert report.exit_code == 0
    assert report.table(PREDICTIONS).generation == "013_create_ml_prediction_tables"
    require_fit(connection, PREDICTIONS)


@pytest.mark.parametrize("rival", REQUIRED_RIVALS, ids=name_of)
def test_a_rival_set_aside_as_advised_makes_room(bare, rival):
    """Foreign keys follow a table that is moved: the tables that refer to it fitted no longer, without advice."""
    bare.execute(rival.ddl)
    bare.execute("CREATE TABLE curated.ml_feature_vectors (id BIGSERIAL PRIMARY KEY, game_id INTEGER NOT NULL)")
    if rival.table == "curated.enhanced_games":
        bare.execute(
            "ALTER TABLE curated.ml_feature_vectors ADD FOREIGN KEY (game_id) REFERENCES curated.enhanced_games"
        )
    follow_advice(bare)


def test_a_table_left_behind_by_a_rival_goes_after_it(bare):
    """Its rows refer to games that were set aside; only the first table had been moved, as earlier advice had it."""
    bare.execute((migrations_folder() / "0001_adopted_tables.sql").read_bytes())
    bare.execute("CREATE SCHEMA set_aside; ALTER TABLE curated.enhanced_games SET SCHEMA set_aside")
    bare.execute((migrations_folder() / "0001_adopted_tables.sql").read_bytes())
    follow_advice(bare)


def test_rows_that_repeat_are_counted_and_the_advice_removes_them(connection):
    """ADD UNIQUE alone fails on the rows of a writer that ran twice."""
    connection.execute(f"ALTER TABLE {SPLITS} DROP CONSTRAINT unique_betting_split")
    connection.execute(
        "INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, season) "
        "VALUES ('PHI', 'NYM', '2024-07-04', '2024-07-04 23:05Z', 2024)"
    )
    connection.execute(
        f"INSERT INTO {SPLITS} (game_id, data_source, sportsbook_name, market_type, collected_at, game_start_time, "
        "bet_percentage_home, bet_percentage_away, money_percentage_home, money_percentage_away) "
        "SELECT 1, 'sbd', 'DraftKings', 'moneyline', '2024-07-04 20:05Z', '2024-07-04 23:05Z', 50 + n, 50 - n, 50, 50 "
        "FROM generate_series(1, 3) AS n"
    )
    assert "2 rows repeat others" in check_contract(connection).table(SPLITS).render()
    follow_advice(connection)
    assert connection.execute(f"SELECT bet_percentage_home FROM {SPLITS}").fetchall() == [(53,)]


def test_rights_are_granted_by_the_statement_that_is_advised(connection, role):
    """'GRANT … TO CURRENT_USER, by its owner' was no SQL, and CURRENT_USER would be the owner."""
    connection.execute(f"SET ROLE {role}")
    advice = check_contract(connection).table(PREDICTIONS).advice
    connection.execute("RESET ROLE")
    for step in advice:
        connection.execute(step)
    connection.execute(f"SET ROLE {role}")
    assert check_contract(connection).table(PREDICTIONS).fits


@pytest.mark.parametrize(
    "index",
    ["(mlb_stats_api_game_id) WHERE game_status = 'final'", "(lower(mlb_stats_api_game_id))"],
)
def test_a_unique_index_that_on_conflict_cannot_use_does_not_count(drifting, connection, index):
    """ON CONFLICT (columns) fails at run time where only a partial or an expression index exists."""
    table = "curated.enhanced_games"
    blocking = drifting(
        f"ALTER TABLE {table} DROP CONSTRAINT enhanced_games_mlb_stats_api_game_id_key; "
        f"CREATE UNIQUE INDEX ON {table} {index}",
        table,
    )
    assert [one.part for one in blocking] == ["unique key"]
    follow_advice(connection)


def test_a_deferrable_key_does_not_count(drifting, connection):
    """ON CONFLICT does not support deferrable constraints as arbiters."""
    table = "curated.ml_experiments"
    blocking = drifting(
        f"ALTER TABLE {table} DROP CONSTRAINT ml_experiments_mlflow_experiment_id_key; "
        f"ALTER TABLE {table} ADD UNIQUE (mlflow_experiment_id) DEFERRABLE",
        table,
    )
    assert [one.part for one in blocking] == ["unique key"]
    follow_advice(connection)


def test_a_view_under_a_tables_name_is_called_a_view(drifting, connection):
    """A compatibility view passes every column check and takes no COPY."""
    blocking = drifting(
        "ALTER TABLE curated.ml_experiments RENAME TO old_experiments; "
        "CREATE VIEW curated.ml_experiments AS SELECT * FROM curated.old_experiments",
        "curated.ml_experiments",
    )
    assert [one.found for one in blocking] == ["a view"]
    follow_advice(connection)


def test_missing_rights_are_named_before_the_first_write(connection, reader):
    """A reader's role sees a perfect schema and fails in the middle of the first partition."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {reader}")
        blocking = check_contract(connection).table(PREDICTIONS).blocking
        assert [one.expected for one in blocking] == ["INSERT allowed", "UPDATE allowed"]


def test_our_own_tables_need_no_contract(connection):
    """They are what the migrations say; asking about them must cost nothing and refuse nothing."""
    require_fit(connection, "curated.ml_recommendations")


def test_a_fit_is_asked_once_per_connection(connection):
    """A daily partition writes a dozen times; the catalog is read for the first only."""
    require_fit(connection, PREDICTIONS)
    connection.execute(f"ALTER TABLE {PREDICTIONS} DROP COLUMN run_id")
    require_fit(connection, PREDICTIONS)


def test_the_contract_changes_nothing(connection):
    """It runs against other people's production databases."""
    with connection.transaction():
        connection.execute("SET TRANSACTION READ ONLY")
        assert check_contract(connection).fits


def test_a_table_moved_aside_is_made_anew_and_the_old_one_kept(connection, database):
    """After the first migration is marked as done, nothing else would ever create the table again."""
    connection.execute("INSERT INTO curated.ml_experiments (mlflow_experiment_id, experiment_name, prediction_target, "
                       "model_type) VALUES ('7', 'old', 'home_ml', 'ridge')")  # fmt: skip
    connection.execute("CREATE SCHEMA set_aside; ALTER TABLE curated.ml_experiments SET SCHEMA set_aside")
    migrate(database.dsn)
    assert check_contract(connection).differences == ()
    assert connection.execute("SELECT count(*) FROM set_aside.ml_experiments").fetchone() == (1,)
    assert create_missing(connection) == []


def test_a_table_that_ours_refer_to_is_not_replaced_by_a_new_one(connection):
    """Foreign keys follow a table that is moved: a second ml_predictions would have no recommendations."""
    connection.execute("CREATE SCHEMA set_aside; ALTER TABLE curated.ml_predictions SET SCHEMA set_aside")
    with pytest.raises(ContractError, match=PREDICTIONS):
        create_missing(connection)


def test_an_adopted_table_gets_no_index_and_no_row_from_the_migration(bare, empty_database):
    """An index on 35M rows locks out the programs that already use the table."""
    bare.execute(
        "CREATE TABLE curated.sportsbooks (id SERIAL PRIMARY KEY, slug TEXT);"
        "CREATE TABLE staging.action_network_games (id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) UNIQUE)"
    )
    migrate(empty_database.dsn)
    assert bare.execute("SELECT count(*) FROM curated.sportsbooks").fetchone() == (0,)
    indexes = bare.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'action_network_games' "
                           "AND schemaname = 'staging'").fetchone()  # fmt: skip
    assert indexes == (2,)


def test_a_new_database_has_the_nine_sportsbooks(connection):
    """unified_betting_splits refers to them."""
    assert connection.execute("SELECT array_agg(id ORDER BY id) FROM curated.sportsbooks").fetchone() == (
        list(range(1, 10)),
    )


def test_the_odds_key_answers_without_the_heap(connection):
    """As-of reads take their price from the index; a plain unique key would cost a heap visit per quote."""
    key = connection.execute(
        sql.SQL(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'staging' AND tablename = {} ORDER BY indexdef"
        ).format(sql.Literal(ODDS.split(".")[1]))
    ).fetchall()
    assert len(key) == 3  # the index by months too
    assert any("INCLUDE (odds, line_value)" in row[0] for row in key)


def test_the_generated_columns_are_computed_by_the_database(connection):
    """total_runs is 0 for an unplayed game: a reader who takes it for a result has found a leak of zeros."""
    with pytest.raises(psycopg.errors.GeneratedAlways):
        connection.execute("INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, "
                           "season, total_runs) VALUES ('PHI', 'NYM', '2024-07-04', now(), 2024, 3)")  # fmt: skip
