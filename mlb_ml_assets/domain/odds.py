"""Types of prices and probabilities.

Belongs here: the aliases that signatures use, with unit and range.
Not here: conversions (pricing/odds.py), logit (logit.py).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Signed integers without -99..99: +150 wins 1.5 units, -150 risks 1.5 units to win one. The form of every table.
AmericanOdds: TypeAlias = int
# Return per unit staked, stake included, above 1. The form of all code.
DecimalOdds: TypeAlias = float
# 0..1.
Probability: TypeAlias = float
FloatArray: TypeAlias = NDArray[np.float64]
