"""The type of odds and probabilities in code.

Belongs here: the aliases that signatures use. American odds are integers in tables, decimal odds above 1 in code;
probabilities are 0..1.
Not here: conversions (pricing/odds.py), logit (logit.py).
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
