"""The Chadwick register: one person's ids across systems, and the birth date.

Belongs here: its sixteen files, their columns, and the rows of people whom Retrosheet knows.
Not here: fetching them (downloads.py). The register is published by the Chadwick Baseball Bureau under ODC-By.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged, missing_columns

NOTICE: Final = "Player ids: Chadwick Baseball Bureau register, Open Data Commons Attribution License (ODC-By)."
# People are spread over the files by the first digit of their key.
FILES: Final = tuple(f"people-{digit}.csv" for digit in "0123456789abcdef")
COLUMNS: Final = ("key_retro", "key_mlbam", "birth_year", "birth_month", "birth_day")


def read_register(paths: Iterable[Path]) -> pd.DataFrame:
    """Rows of everyone with a Retrosheet id, as text: the columns of `COLUMNS`.

    Raises:
        ArchiveShapeChanged: not CSV, or a column is missing.
    """
    parts = []
    for path in paths:
        try:
            with path.open(encoding="utf-8") as file:
                header = file.readline().strip().split(",")
            missing_columns(pd.DataFrame(columns=header), COLUMNS, path.name)
            options = arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(COLUMNS, pa.string()), include_columns=list(COLUMNS),
                strings_can_be_null=True, null_values=[""],
            )  # fmt: skip
            table = arrow_csv.read_csv(path, convert_options=options).to_pandas()
        except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as error:
            raise ArchiveShapeChanged(f"{path.name}: {error}") from error
        parts.append(table[table["key_retro"].notna()])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
