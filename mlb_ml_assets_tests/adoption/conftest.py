"""What the tests of moving in share: the folder of recorded generations.

Belongs here: fixtures of this room.
Not here: building a generation (generations.py).
"""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def adoption_cases(shared_data: Path) -> Path:
    """Column lists of the generations, the script that fills them and the settings; skips where they are absent."""
    folder = shared_data.parent / "cases" / "adoption"
    if not folder.is_dir():
        pytest.skip(f"no recorded generations at {folder}")
    return folder
