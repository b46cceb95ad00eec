"""What time it is.

Belongs here: the present instant, and the simulated one of a demonstration.
Does not: rules about time (features/, identity/known_at.py).
"""

import os
from datetime import UTC, datetime

# A simulated league has its own present; set by `mlb-ml demo` for its own processes only.
SIMULATED_NOW = "MLB_ML_SIMULATED_NOW"


class NotAnInstant(ValueError):
    """MLB_ML_SIMULATED_NOW is no ISO instant with a zone."""


def present() -> datetime:
    """The present instant in UTC.

    Raises:
        NotAnInstant: the simulated instant cannot be read.
    """
    simulated = os.environ.get(SIMULATED_NOW, "")
    if not simulated:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(simulated)
    except ValueError as error:
        raise NotAnInstant(f"{SIMULATED_NOW} is {simulated!r}: an ISO instant with a zone is needed") from error
    if instant.tzinfo is None:
        raise NotAnInstant(f"{SIMULATED_NOW} is {simulated!r}, without a zone")
    return instant.astimezone(UTC)
