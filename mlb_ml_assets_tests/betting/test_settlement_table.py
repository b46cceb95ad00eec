"""The settlement rules are the same wherever they are read: in the database, when a bet is advised, when it is settled.

Belongs here: the comparison of curated.settlement_rules with the packaged rows, and of the two ways to choose one.
Not here: what the rules do (test_settlement.py).
"""

from dataclasses import fields
from datetime import date, timedelta
from itertools import product

import pandas as pd

from mlb_ml_assets.betting.settlement import _rule_of, rule_sets
from mlb_ml_assets.betting.settlement_rules import SETTLEMENT_RULES, SettlementRule, settlement_rules
from mlb_ml_assets.domain.markets import MARKET_KEYS


def test_the_table_and_the_package_hold_the_same_rules(database):
    """Bets are settled by the package and explained by the table: one changed alone explains what did not happen."""
    columns = [field.name for field in fields(SettlementRule)]
    with database.connect() as connection:
        found = connection.execute(f"SELECT {', '.join(columns)} FROM curated.settlement_rules").fetchall()
    assert {tuple(row) for row in found} == {
        tuple(getattr(rule, name) for name in columns) for rule in SETTLEMENT_RULES
    }
    assert len(found) == len(SETTLEMENT_RULES)


def test_a_recommendation_names_the_rules_that_settle_it():
    """The pricer looks one operator and day up at a time, settlement joins tables: two answers would void a bet."""
    edges = {rule.valid_from for rule in SETTLEMENT_RULES} | {rule.valid_to for rule in SETTLEMENT_RULES}
    days = {min(max(edge, date(1950, 1, 1)), date(2100, 1, 1)) for edge in edges}
    days |= {day + timedelta(days=step) for day in days for step in (-1, 1)}
    operators = {rule.operator for rule in SETTLEMENT_RULES} | {"no operator of ours"}
    cells = list(product(sorted(operators), MARKET_KEYS, sorted(days)))
    bets = pd.DataFrame(cells, columns=["operator", "market_type", "game_date"])
    assert rule_sets(bets).tolist() == _rule_of(bets, settlement_rules())["rule_id"].tolist()
    assert rule_sets(bets).nunique() > 3
