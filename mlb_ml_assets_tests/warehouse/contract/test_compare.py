"""Which live type keeps every value of the type we need.

Belongs here: the arithmetic of `can_hold`, without a database.
Not here: anything with tables (test_check.py).
"""

import pytest

from mlb_ml_assets.warehouse.contract.compare import can_hold

SAME_OR_WIDER = [
    ("integer", "integer"),
    ("bigint", "integer"),
    ("integer", "smallint"),
    ("character varying(50)", "character varying(20)"),
    ("character varying", "character varying(20)"),
    ("text", "character varying(20)"),
    ("text", "character(1)"),
    ("character(2)", "character(1)"),
    ("numeric", "numeric(5,4)"),
    ("numeric(6,4)", "numeric(5,4)"),
    ("numeric(6,5)", "numeric(5,4)"),
    ("double precision", "numeric(5,4)"),
    ("timestamp with time zone", "timestamp with time zone"),
    ("text[]", "text[]"),
]
NARROWER_OR_OTHER = [
    ("smallint", "integer"),
    ("text", "integer"),
    ("numeric(10,0)", "integer"),
    ("character varying(10)", "character varying(20)"),
    ("character varying(20)", "text"),
    ("character(20)", "character varying(20)"),
    ("numeric(5,3)", "numeric(5,4)"),
    ("numeric(5,5)", "numeric(5,4)"),
    ("numeric(5,4)", "numeric"),
    ("integer", "numeric(5,4)"),
    ("timestamp without time zone", "timestamp with time zone"),
    ("json", "jsonb"),
    ("text", "text[]"),
    ("date", "timestamp with time zone"),
    ("curated.prediction_kind", "character varying(20)"),
]


@pytest.mark.parametrize(("live", "wanted"), SAME_OR_WIDER)
def test_a_wider_type_holds_what_we_write(live, wanted):
    """Refusing a TEXT where VARCHAR(20) is declared would refuse half of all real databases."""
    assert can_hold(live, wanted)


@pytest.mark.parametrize(("live", "wanted"), NARROWER_OR_OTHER)
def test_a_narrower_or_other_type_does_not(live, wanted):
    """numeric(5,5) rounds nothing and still refuses 1.0; TIMESTAMP forgets which instant it was."""
    assert not can_hold(live, wanted)
