"""What an import of archives did, as numbers and as the table that ends it.

Belongs here: counts by file, records set aside and put right, and their rendering.
Not here: import anything.
"""

from dataclasses import dataclass, field
from typing import Any

from mlb_ml_assets.warehouse.partition_write import Written


@dataclass
class FileReport:
    """What one file brought: rows of the file, rows of staging, and records set aside by reason."""

    source: str
    name: str
    rows_read: int
    written: Written
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass
class ImportReport:
    """An import's outcome.

    `unchanged` has the rows of each source whose files were all taken in before, by the same code; `games` and `prices`
    are the counts of the two builds that follow the files, empty where no file was read.
    """

    files: list[FileReport] = field(default_factory=list)
    repaired: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    newly_rejected: int = 0
    games: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, Any] = field(default_factory=dict)

    @property
    def rejected(self) -> dict[str, int]:
        """Records set aside, by source and reason."""
        counts: dict[str, int] = {}
        for file in self.files:
            for reason, count in file.rejected.items():
                counts[f"{file.source}: {reason}"] = counts.get(f"{file.source}: {reason}", 0) + count
        return counts

    def render(self) -> str:
        """The closing table as text."""
        head = ("file", "rows read", "new", "changed", "unchanged", "removed", "set aside")
        rows = [
            (
                file.name,
                *(
                    f"{n:,}"
                    for n in (file.rows_read, file.written.inserted, file.written.updated, file.written.unchanged)
                ),
                f"{file.written.deleted:,}",
                f"{sum(file.rejected.values()):,}",
            )
            for file in self.files
        ]
        widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in (head, *rows)
        ]
        lines += [
            f"unchanged    {rows:>9,}  rows of {source}: same files, same code, nothing missing"
            for source, rows in self.unchanged.items()
        ]
        lines += [f"set aside    {count:>7,}  {reason}" for reason, count in sorted(self.rejected.items())]
        lines += [f"put right    {count:>7,}  {what}" for what, count in sorted(self.repaired.items())]
        lines += [f"games        {value:>7}  {name}" for name, value in self.games.items()]
        lines += [f"prices       {value:>7}  {name}" for name, value in self.prices.items()]
        return "\n".join(lines)
