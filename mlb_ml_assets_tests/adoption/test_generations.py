"""Every generation of the earlier system is moved into: its tables stay as they are, ours fit beside them.

Belongs here: contract, advice and migration on the tables of each generation.
Not here: their rows, runs and prices (test_priced_slate.py); single differences (warehouse/contract).
"""

import re

import pytest

from mlb_ml_assets.warehouse.contract import ADOPTED, check_contract
from mlb_ml_assets.warehouse.contract.generations import READ_TOO
from mlb_ml_assets.warehouse.contract.report import MIGRATE
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.sql import sql_folder
from mlb_ml_assets_tests.adoption.generations import NAMES, Generation, shapes

# The owner added the key that the contract advised.
KEYED = {"curated.unified_betting_splits"}


@pytest.mark.parametrize("name", NAMES)
def test_a_generation_is_moved_into_by_following_the_contract(adoption_cases, empty_database, name):
    """One ended in 'relation "games" already exists', another in foreign keys that followed a table set aside."""
    generation = Generation.read(adoption_cases / "generations", name)
    with empty_database.connect() as connection:
        generation.create(connection)
        before = shapes(connection, generation)
        for step in check_contract(connection).advice:
            if step != MIGRATE:
                connection.execute(step)
        migrate(empty_database.dsn)
        report = check_contract(connection)
        assert report.fits, report.render()
        assert report.advice == (), report.render()
        assert {table for table, shape in shapes(connection, generation).items() if shape != before[table]} <= KEYED


@pytest.mark.parametrize("name", NAMES)
def test_no_query_reads_a_name_that_a_generation_uses_otherwise(adoption_cases, name):
    """Two generations have a table curated.games: a view of ours under that name could not be created there."""
    generation = Generation.read(adoption_cases / "generations", name)
    theirs = {column["table_name"] for column in generation.columns} - ADOPTED.keys() - READ_TOO.keys()
    for path in sorted((sql_folder() / "queries").glob("*.sql")):
        assert not theirs & set(re.findall(r"\b(?:raw_data|staging|curated)\.\w+", path.read_text())), path.name
