"""The contract with the tables that other programs share with us.

Belongs here: the declared tables, comparing a database with them, the report, and refusing to write where they differ.
Not here: altering anything; our own tables, which migrations create.
"""

from mlb_ml_assets.warehouse.contract.check import (
    ADOPTED,
    ContractError,
    can_write,
    check_contract,
    create_missing,
    require_fit,
    require_foundation,
    require_migratable,
)
from mlb_ml_assets.warehouse.contract.report import ContractReport, TableReport

__all__ = [
    "ADOPTED",
    "ContractError",
    "ContractReport",
    "TableReport",
    "can_write",
    "check_contract",
    "create_missing",
    "require_fit",
    "require_foundation",
    "require_migratable",
]
