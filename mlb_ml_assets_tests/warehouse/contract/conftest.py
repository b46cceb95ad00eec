"""Databases for the contract: a migrated one, one with nothing but schemas, and roles with few rights.

Belongs here: what several files of this folder need of a database.
Not here: rival generations (rival_generations.py).
"""

import pytest

from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets_tests.warehouse.contract.rival_generations import SCHEMAS


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        yield opened


@pytest.fixture
def drifting(connection):
    """Runs DDL, and gives the blocking differences of one table after it."""

    def run(statement, table):
        connection.execute(statement)
        return check_contract(connection).table(table).blocking

    return run


@pytest.fixture
def bare(empty_database):
    """A connection to a database with the three schemas and nothing in them."""
    with empty_database.connect() as opened:
        opened.execute(SCHEMAS)
        yield opened


@pytest.fixture
def role(connection):
    """A role that may look into the three schemas, and no more."""
    name = "contract_reader_" + connection.info.dbname[-8:]
    connection.execute(f"CREATE ROLE {name}")
    connection.execute(f"GRANT USAGE ON SCHEMA raw_data, staging, curated TO {name}")
    yield name
    connection.execute(f"RESET ROLE; DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture
def reader(connection, role):
    """A role that may read their tables too."""
    connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA raw_data, staging, curated TO {role}")
    return role
