"""A .env file beside the command, as Dagster reads it too.

Belongs here: bringing its variables into the environment.
Does not: what they mean (warehouse/settings).
"""

import os
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
