"""Whether two libraries gave the same answer.

Belongs here: the refusal to compare times where they did not.
Not here: the jobs that are compared (others.py, others_asof.py).
"""

from typing import Any

import numpy as np


class AnotherAnswer(ValueError):
    """Two libraries do the same job and say different things: their times cannot be compared."""


def agree(what: str, ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    """Refuse to compare times of different answers.

    Raises:
        AnotherAnswer: they differ by more than the tolerance somewhere.
    """
    first, second = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if first.shape != second.shape:
        raise AnotherAnswer(f"{what}: {first.shape} values against {second.shape}")
    if not np.allclose(first, second, rtol=0, atol=tolerance, equal_nan=True):
        raise AnotherAnswer(f"{what}: differs by up to {np.nanmax(np.abs(first - second)):.3g}")
