"""The partitions of a run, as Dagster's tags give them.

Belongs here: the names of the tags, and reading them of a run that is not this process's.
Not here: the partitions themselves, and the days of the run that executes an asset (partitions.py).
"""

from collections.abc import Mapping
from typing import Final

PARTITION: Final = "dagster/partition"
# Of a run over several partitions.
RANGE_START: Final = "dagster/asset_partition_range_start"
RANGE_END: Final = "dagster/asset_partition_range_end"


def read_partitions(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """The first and the last partition of a run; None of a run without partitions."""
    first = tags.get(PARTITION) or tags.get(RANGE_START)
    last = tags.get(PARTITION) or tags.get(RANGE_END)
    return (first, last) if first and last else None
