"""The settlement rules in the database are those of the code.

Belongs here: the comparison of curated.settlement_rules with the packaged rows.
Not here: what the rules do (test_settlement.py).
"""

from dataclasses import fields

from mlb_ml_assets.betting.settlement_rules import SETTLEMENT_RULES, SettlementRule


def test_the_table_and_the_package_hold_the_same_rules(database):
    """Bets are settled by the package and explained by the table: one changed alone explains what did not happen."""
    columns = [field.name for field in fields(SettlementRule)]
    with database.connect() as connection:
        found = connection.execute(f"SELECT {', '.join(columns)} FROM curated.settlement_rules").fetchall()
    assert {tuple(row) for row in found} == {
        tuple(getattr(rule, name) for name in columns) for rule in SETTLEMENT_RULES
    }
    assert len(found) == len(SETTLEMENT_RULES)
