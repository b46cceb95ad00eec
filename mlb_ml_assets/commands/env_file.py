"""The .env file of the current folder: answers of `mlb-ml start` in, values of before kept.

Belongs here: which values are set, writing new ones readable by their owner alone.
Not here: reading it at the start of every command (stack/environment.py), the questions (start.py).
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key

FILE_NAME = ".env"
_OWNER_ONLY = 0o600


def write_settings(
    folder: Path, settings: Mapping[str, str], may_replace: Callable[[str], bool]
) -> tuple[list[str], list[str]]:
    """Write settings into `.env` of a folder and into this process's environment.

    An empty value is not written. The file is made readable by its owner alone, before a secret is in it.

    Args:
        folder: of the file, which is created if absent.
        settings: value by variable.
        may_replace: consulted for a variable that the file gives another value.

    Returns:
        The variables that were written, and those whose other value was kept.
    """
    path = folder / FILE_NAME
    found = dotenv_values(path, interpolate=False)
    written, kept = [], []
    for name, value in settings.items():
        before = found.get(name)
        if not value or before == value:
            continue
        if before and not may_replace(name):
            kept.append(name)
            continue
        if path.exists():
            path.chmod(_OWNER_ONLY)
        # A new file is one of tempfile's, which its owner alone can read.
        set_key(path, name, value, quote_mode="auto")
        os.environ[name] = value
        written.append(name)
    return written, kept
