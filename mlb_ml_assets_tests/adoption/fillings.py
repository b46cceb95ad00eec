"""What the writers of the earlier system write into a database, with real games and prices.

Belongs here: the combinations of their rows, and running the recorded script that writes them, the way in.
Not here: the tables (generations.py).
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.contract.report import MIGRATE
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets_tests.adoption.generations import NAMES, Generation, shapes

DAYS = DayRange(date(2024, 6, 26), date(2024, 6, 28))
LAST = DAYS.last.isoformat()
# What is written beside the odds. A: rows scheduled for ever, with Action Network's id; B: results, with the gamePk.
ROWS = {
    "A": (),
    "A with gamePk": ("--mlb-ids",),
    "A + B": ("--type-b", "2024-06-27"),
    "A exchanged + B": ("--type-b", LAST, "--swapped-from", "2024-06-27"),
    "listings": ("--no-type-a", "--an-games"),
    "listings + A exchanged": ("--an-games", "--swapped-from", "2024-06-27"),
}
SAMPLE = (("f_grown", "A + B"), ("e_july", "listings"))
EACH = [
    pytest.param(name, rows, marks=pytest.mark.long if (name, rows) in SAMPLE else pytest.mark.by_hand)
    for name in NAMES
    for rows in ROWS
]
ODDS, LISTINGS = "staging.action_network_odds_historical", "staging.action_network_games"
# The owner added the key that the contract advised.
KEYED = {"curated.unified_betting_splits"}


def fill(cases, database, *options):
    """Real games and prices of the days, as the writers of the earlier system write them."""
    command = [sys.executable, str(cases / "fill.py"), DAYS.first.isoformat(), LAST, *options]
    done = subprocess.run(command, env={**os.environ, "DSN": database.dsn}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def move_in(cases, database, name, *options, migrate=migrate):
    """As `move_in_with`, filled by the recorded script."""
    return move_in_with(cases, database, name, lambda: fill(cases, database, *options), migrate=migrate)


def move_in_with(cases, database, name, write: Callable[[], None], *, migrate: Callable[[str], object] = migrate):
    """A database of this generation that `write` fills, after contract, advice and migration; its shapes before."""
    generation = Generation.read(cases / "generations", name)
    with database.connect() as connection:
        generation.create(connection)
        before = shapes(connection, generation)
        report = check_contract(connection)
        is_filled = all(report.table(table).fits for table in ("curated.enhanced_games", ODDS, LISTINGS))
        if is_filled:
            write()
        for step in report.advice:
            if step != MIGRATE:
                connection.execute(step)
    migrate(database.dsn)
    if not is_filled:
        write()
    return generation, before
