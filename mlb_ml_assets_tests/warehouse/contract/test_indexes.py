"""Indexes of the tables that other programs may have made: those that ours need, and those that are their own affair.

Belongs here: check_contract with indexes dropped, replaced and added.
Not here: unique keys that ON CONFLICT needs (test_check.py).
"""

import pytest

from mlb_ml_assets.warehouse.contract import ADOPTED, check_contract
from mlb_ml_assets.warehouse.contract.compare import Severity
from mlb_ml_assets.warehouse.contract.shape import ADOPTING
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.sql import migrations_folder

PREDICTIONS = "curated.ml_predictions"
ODDS = "staging.action_network_odds_historical"


def test_extra_indexes_are_no_difference_at_all(drifting, connection):
    """The earlier migrations added dozens of them."""
    assert drifting(f"CREATE INDEX ON {PREDICTIONS} USING gin (feature_importance)", PREDICTIONS) == ()
    assert check_contract(connection).differences == ()


def test_indexes_that_a_table_of_others_lacks_are_named_once_the_migrations_ran(bare, empty_database):
    """Nothing else is wrong with the table: its statements take longer with each season, and nobody knows why."""
    bare.execute((migrations_folder() / f"{ADOPTING}.sql").read_bytes())
    drop_indexes(bare)
    assert "index" not in {one.part for one in check_contract(bare).differences}
    migrate(empty_database.dsn)
    drop_indexes(bare)
    report = check_contract(bare)
    assert report.exit_code == 0
    assert report.advice == ()
    lacking = [one for one in report.differences if one.part == "index"]
    assert len(lacking) == sum(len(table.indexes) for table in ADOPTED.values()) - 1  # the key of the odds is there
    assert "(game_id, model_name, prediction_timestamp): no such index" in report.table(PREDICTIONS).render()
    for one in lacking:
        assert one.severity is Severity.HARMLESS
        assert f"its owner can run: {one.remedy}" in report.table(one.table).render()
        bare.execute(one.remedy)
    assert check_contract(bare).differences == ()


def drop_indexes(connection):
    """Drop the indexes of adopted tables that no constraint needs."""
    found = connection.execute(
        "SELECT i.indexrelid::REGCLASS::TEXT FROM pg_index AS i WHERE i.indrelid = ANY(%s::REGCLASS[]) "
        "AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)",
        (list(ADOPTED),),
    ).fetchall()
    for (name,) in found:
        connection.execute(f"DROP INDEX {name}")


@pytest.mark.parametrize(
    ("index", "lacking"),
    [("(game_date, home_team)", 0), ("(home_team, game_date)", 1), ("(game_date) WHERE season > 2020", 1)],
)
def test_an_index_that_begins_with_the_columns_and_has_all_rows_serves(connection, index, lacking):
    """Advice to build what is there already costs an hour on a large table."""
    connection.execute("DROP INDEX curated.enhanced_games_game_date_idx")
    connection.execute(f"CREATE INDEX ON curated.enhanced_games {index}")
    assert len(check_contract(connection).differences) == lacking


def test_a_key_in_another_order_is_named_as_an_index_that_lacks(connection):
    """It refuses the same rows, so it fits, and each price is looked up among all of the table."""
    connection.execute(
        f"ALTER TABLE {ODDS} DROP CONSTRAINT action_network_odds_historica_external_game_id_sportsbook_e_key; "
        f"ALTER TABLE {ODDS} ADD UNIQUE (updated_at, external_game_id, sportsbook_external_id, market_type, side)"
    )
    (difference,) = check_contract(connection).differences
    assert (difference.severity, difference.part) == (Severity.HARMLESS, "index")


def test_a_role_that_may_not_read_the_ledger_compares_the_rest(connection, reader):
    """Whether an index is still to come from a migration is not known then."""
    connection.execute("DROP INDEX curated.ml_predictions_of_game")
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {reader}")
        assert "index" not in {one.part for one in check_contract(connection).differences}
