"""The README's section for owners of a living database, executed: from its first command to a priced slate.

Belongs here: the commands as the README spells them, in processes of their own, and what they leave behind.
Not here: contract, links and prices alone (test_generations.py, test_priced_slate.py).
"""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from mlb_ml_assets.warehouse.arrivals import poll_arrivals
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets_tests.adoption.fillings import DAYS, EACH, KEYED, LAST, ODDS, ROWS, SAMPLE, move_in
from mlb_ml_assets_tests.adoption.generations import changed_values, remember_values, shapes

README = Path(__file__).resolve().parents[2] / "README.md"
SECTION = "### You already have `mlb_betting`"
# What games with odds must end with: a table of curated, and which of its rows count.
COUNTED = {
    "lines": ("market_lines", "TRUE"),
    "predictions": ("ml_predictions", "TRUE"),
    "stakes": ("ml_recommendations", "t.stake > 0"),
}
# A model of 2018 prices games of 2024 here.
PRICED_ON_OLD_FACTS = {"MLB_ML_STOP_ON_STALE_INPUTS": "0"}


def readme_commands():
    """The commands of the section, each as a list of arguments without the program."""
    section = README.read_text().partition(SECTION)[2].partition("\n## ")[0]
    return [line.split() for line in re.findall(r"^    mlb-ml ([^#\n]+)", section, re.MULTILINE)]


def test_the_section_needs_at_most_six_commands():
    """A new user with a database of his own reads one section, not the manual."""
    commands = readme_commands()
    assert 3 <= len(commands) <= 6
    assert [command[0] for command in commands] == ["contract", "migrate", "history", "run", "board"]


@pytest.fixture(scope="module")
def season_of_2018(shared_data, tmp_path_factory):
    """The bundle's last season: what `history fetch` would bring, without a network."""
    folder = tmp_path_factory.mktemp("bundle")
    for path in (shared_data / "history").glob("*.csv.gz"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "season" in frame:
            frame = frame[frame["season"] == "2018"]
        elif "game_id" in frame:
            frame = frame[frame["game_id"].str[3:7] == "2018"]
        frame.to_csv(folder / path.name, index=False)
    return folder


EACH_BY_HAND = [
    pytest.param(*each.values, marks=pytest.mark.long if each.values == SAMPLE[0] else pytest.mark.by_hand)
    for each in EACH
]


@pytest.mark.parametrize(("name", "rows"), EACH_BY_HAND)
def test_the_readme_leads_from_a_living_database_to_a_priced_slate(
    adoption_cases, empty_database, season_of_2018, mlb_ml, name, rows
):
    """Its odds were never priced, its settings ended the training, and its rows were rewritten on the way."""
    contract, migrate, history, run, board = readme_commands()

    def check_and_migrate(dsn):
        with connect(dsn) as connection:
            expected = check_contract(connection).exit_code  # 1 where tables are missing that a migration creates
        mlb_ml(*contract, code=expected)
        mlb_ml(*migrate)

    generation, before = move_in(adoption_cases, empty_database, name, *ROWS[rows], migrate=check_and_migrate)
    with empty_database.connect() as connection:
        remembered = remember_values(connection)
        assert history[:2] == ["history", "fetch"]
        mlb_ml("history", "import", str(season_of_2018))
        mlb_ml(*run, **PRICED_ON_OLD_FACTS)
        slate = json.loads(mlb_ml(*board, "--json"))
        (with_odds,) = connection.execute(f"SELECT COUNT(DISTINCT external_game_id) FROM {ODDS}").fetchone()
        counts = {
            what: connection.execute(
                "SELECT COUNT(DISTINCT i.source_game_id) FROM curated.game_identity AS i "
                f"JOIN curated.{table} AS t USING (game_id) WHERE i.source = 'action_network' AND {condition}"
            ).fetchone()[0]
            for what, (table, condition) in COUNTED.items()
        }
        print(f"| {name} | {rows} | {remembered} | {with_odds} | {' | '.join(map(str, counts.values()))} |")
        assert min(counts["lines"], counts["predictions"]) >= 0.95 * with_odds
        assert counts["stakes"] > 0
        assert changed_values(connection) == []
        after = shapes(connection, generation)
        assert {table for table, shape in after.items() if shape != before[table]} <= KEYED
        assert slate["date"] == LAST
        priced = [game for game in slate["games"] if any(market["odds"] for market in game["markets"])]
        assert priced
        snapshot = poll_arrivals(connection, None).snapshot
        connection.execute((adoption_cases / "new_odds.sql").read_bytes())
        assert set(poll_arrivals(connection, snapshot).quotes_by_day) & set(DAYS)
    # What the sensor requests can be run, and leaves a database that still fits.
    mlb_ml("run", "--from", LAST, "--to", LAST, **PRICED_ON_OLD_FACTS)
    mlb_ml(*contract)
    assert len(json.loads(mlb_ml(*board, "--json"))["games"]) == len(slate["games"])
