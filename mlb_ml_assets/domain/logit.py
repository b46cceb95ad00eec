"""Probabilities on the logit scale.

Belongs here: logit and its inverse, stable at both ends, for numbers and arrays.
Not here: clip silently: a caller that wants a bound names it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def logit(probability: ArrayLike, *, clip: float = 0.0) -> NDArray[np.float64]:
    """ln(p / (1 - p)); NaN stays NaN.

    Args:
        probability: values in 0..1, any shape.
        clip: if positive, values are first held inside [clip, 1 - clip].

    Raises:
        ValueError: a value outside [0, 1], or 0 or 1 themselves when `clip` is 0.
    """
    values = np.asarray(probability, dtype=np.float64)
    if clip > 0:
        outside = (values < 0) | (values > 1)
        values = np.clip(values, clip, 1 - clip)
    else:
        outside = (values <= 0) | (values >= 1)
    if outside.any():
        offending = np.asarray(probability, dtype=np.float64)[outside].flat[0]
        raise ValueError(f"probability has no finite logit: {offending!r}")
    return np.asarray(np.log(values) - np.log1p(-values), dtype=np.float64)


def expit(log_odds: ArrayLike) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) without overflow at either end; NaN stays NaN."""
    values = np.asarray(log_odds, dtype=np.float64)
    tail = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1.0, tail) / (1 + tail), dtype=np.float64)
