"""What is wrong with a bundle that cannot be read: the file, the column, the row and the value.

Belongs here: looking for the place once a reader has failed.
Not here: reading (history_bundle.py, bundle_boxscores.py, bundle_odds.py).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pandas as pd

from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged

# What arithmetic on a column of the wrong kind raises.
FAULTS = (
    ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, pd.errors.InvalidIndexError,
)  # fmt: skip


@contextmanager
def located(raw: Mapping[str, pd.DataFrame]) -> Iterator[None]:
    """Reading of these files, by name without suffix.

    Raises:
        ArchiveShapeChanged: instead of what a reader raised, naming the place where one is found.
    """
    try:
        yield
    except ArchiveShapeChanged:
        raise
    except FAULTS as error:
        place = next(_faults(raw), None) or f"unreadable: {type(error).__name__}: {error}"
        raise ArchiveShapeChanged(f"history bundle: {place}") from error


def _faults(raw: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    if "games" in raw and "game_id" in raw["games"]:
        ids = raw["games"]["game_id"]
        for game in ids[ids.duplicated()].head(1):
            yield f"games.csv: game {game} is there twice"
    for name, frame in raw.items():
        again = frame.duplicated()
        if again.any():
            yield f"{name}.csv: line {int(again.to_numpy().argmax()) + 2} is there twice"
        for column in frame.columns:
            values = frame[column]
            if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
                continue
            undecoded = values.map(lambda value: isinstance(value, bytes))
            if undecoded.any():
                row = int(undecoded.to_numpy(dtype=bool).argmax())
                yield f"{name}.csv: column {column}, line {row + 2}: {values.iloc[row]!r} is not UTF-8"
                continue
            filled = values.notna()
            odd = filled & pd.to_numeric(values.astype("string"), errors="coerce").isna()
            # One text among numbers makes a column of numbers one of texts.
            if odd.any() and odd.sum() < filled.sum() / 2:
                row = int(odd.to_numpy().argmax())
                yield f"{name}.csv: column {column}, line {row + 2}: {values.iloc[row]!r} is no number"
