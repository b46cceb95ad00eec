"""Fixtures of the registry's tests.

Belongs here: the chain's databases.
Not here: their making (chain.py).
"""

from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template

__all__ = ["played", "played_template", "prepared", "prepared_template"]
