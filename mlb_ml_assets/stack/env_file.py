"""A .env file beside the command, as Dagster reads it too, and variables for a while.

Belongs here: bringing variables into the environment, and taking them out again.
Not here: what they mean (warehouse/settings).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def load_env_file(folder: Path | None = None) -> list[str]:
    """Set the variables of `.env` in `folder` (default: the current one) that the environment does not have yet.

    Returns:
        The names that were set.
    """
    path = (folder or Path.cwd()) / ".env"
    if not path.is_file():
        return []
    from dotenv import dotenv_values

    given = {name: value for name, value in dotenv_values(path).items() if value is not None and name not in os.environ}
    os.environ.update(given)
    return sorted(given)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables have these values while it lasts, and then those of before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
