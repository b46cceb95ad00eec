"""Forecasts of other people and programs, as CSV.

Belongs here: the two layouts (a table of who, game, instant and probabilities; FiveThirtyEight's of a history bundle),
and the check of each row.
Not here: which game a row is about (flows/forecast_import.py), scores (evaluation/).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.time_rules import RESULT_HOUR
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.archive_files import read_plain
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import HIGHEST_TOTAL, WIDEST_RUN_LINE, Rejected

SOURCE = "outside_forecasts"
FIVE_THIRTY_EIGHT = "538"
# Names of forecasts and prices of our own.
RESERVED = frozenset({"blind", "memory", "anchored", "joint", "final", "open", "close"})
PROBABILITIES = ("home_win", "over", "cover")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,19}")
# Headings as people write them, in lower case with underscores.
_ALIASES = {
    "forecaster": "who",
    "game_id": "game",
    "made_at": "instant",
    **dict.fromkeys(("probability_of_home_win", "home_win_probability", "home_ml"), "home_win"),
    **dict.fromkeys(("probability_of_over", "over_probability", "total_over"), "over"),
    **dict.fromkeys(("probability_of_cover", "cover_probability", "home_spread"), "cover"),
}
_BUNDLE_COLUMNS = frozenset({"game_id", "game_date", "rating_prob1"})


@dataclass(frozen=True)
class OutsideForecast:
    """One row of a file.

    Attributes:
        place: line of the file and column of the game, for messages.
        record: the row as written.
        forecaster: who made it.
        game: the game in any form that identifies one.
        made_at: when it was made (UTC).
        assumed: whether `made_at` follows from a rule, because the file has no instants.
        home_win: probability of a home win, None where not forecast; so are those below.
        over: probability of over, given no push, of `total_line`, or of the market's total where that is None.
        total_line: the total.
        cover: probability that the home side covers `spread_line`, given no push, or home -1.5 where that is None.
        spread_line: the home side's run line.
    """

    place: str
    record: Mapping[str, str]
    forecaster: str
    game: str
    made_at: datetime
    assumed: bool
    home_win: float | None = None
    over: float | None = None
    total_line: float | None = None
    cover: float | None = None
    spread_line: float | None = None


@dataclass
class ForecastFile:
    """The rows of a file that can be read, and those that cannot."""

    rows_read: int
    forecasts: list[OutsideForecast] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def is_bundle_file(path: Path) -> bool:
    """Whether the file's name is that of FiveThirtyEight's forecasts in a history bundle."""
    return path.name.startswith("forecasts_538") and ".csv" in path.suffixes


def read_forecasts(path: Path, now: datetime) -> ForecastFile:
    """Parse a file of forecasts, plain or compressed.

    Args:
        path: the file.
        now: the present; a forecast made later is refused.

    Raises:
        UnreadableRecording: the file does not exist or is damaged.
        ArchiveShapeChanged: it is no table of forecasts.
    """
    try:
        # A file on disk is whole, also without a line end.
        table = reading.csv_table(reading.utf8(read_plain(path)) + b"\n")
    except reading.NotReadable as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error
    names = {column: _heading(column) for column in table.columns}
    is_bundle = set(names) >= _BUNDLE_COLUMNS
    required = () if is_bundle else ("who", "game", "instant")
    absent = [name for name in required if name not in names.values()]
    if absent or not (is_bundle or set(names.values()) & set(PROBABILITIES)):
        raise ArchiveShapeChanged(
            f"{path.name}: no column {', '.join(absent) or ' or '.join(PROBABILITIES)}: a table of forecasts has the "
            f"columns who, game, instant and at least one of {', '.join(PROBABILITIES)}; this one has "
            f"{', '.join(table.columns) or 'none'}"
        )
    read = ForecastFile(len(table.rows))
    for line, record in table.rows:
        row = dict.fromkeys(names.values(), "") | {names[column]: text.strip() for column, text in record.items()}
        place = f"{path.name} line {line}"
        try:
            read.forecasts.append(_bundle_row(row, record, place) if is_bundle else _row(row, record, place, now))
        except BadField as error:
            detail = f"{place}, column {error.field}: {str(error.value)!r} {error.why}"
            read.rejected.append(Rejected(error.code, detail, dict(record)))
    return read


def _row(row: Mapping[str, str], record: Mapping[str, str], place: str, now: datetime) -> OutsideForecast:
    who = row["who"]
    if not _NAME.fullmatch(who):
        raise BadField("who", who, "is not a name: 1 to 20 letters, digits, dots, hyphens or underscores")
    if who.lower() in RESERVED:
        raise BadField("who", who, "is the name of one of our own series: use another")
    instant = reading.as_instant(row["instant"], "instant")
    if instant > now:
        raise BadField("instant", row["instant"], "lies in the future")
    values = {name: _probability(row, name) for name in PROBABILITIES}
    if all(value is None for value in values.values()):
        raise BadField("home_win", row.get("home_win", ""), f"is empty, as are all of {', '.join(PROBABILITIES)}")
    lines = {
        "total_line": _line(row, "total_line", 0.5, HIGHEST_TOTAL),
        "spread_line": _line(row, "spread_line", -WIDEST_RUN_LINE, WIDEST_RUN_LINE),
    }
    return OutsideForecast(place, record, who, row["game"], instant, assumed=False, **values, **lines)


def _bundle_row(row: Mapping[str, str], record: Mapping[str, str], place: str) -> OutsideForecast:
    made_at = published_at(reading.as_day(row["game_date"], "game_date"))
    probability = _probability(row, "rating_prob1")
    if probability is None:
        raise BadField("rating_prob1", "", "is empty")
    return OutsideForecast(place, record, FIVE_THIRTY_EIGHT, row["game"], made_at, assumed=True, home_win=probability)


def published_at(game_date: date) -> datetime:
    """When a daily forecast without an instant counts as made: 06:00 Eastern of the game's day.

    It rests on the results of the day before, which are known then and no earlier.
    """
    return datetime.combine(game_date, time(RESULT_HOUR.hour, RESULT_HOUR.minute), tzinfo=EASTERN)


def _heading(column: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
    return _ALIASES.get(name, name)


def _probability(row: Mapping[str, str], name: str) -> float | None:
    if not row.get(name):
        return None
    try:
        value = float(row[name])
    except ValueError:
        raise BadField(name, row[name], "is not a number") from None
    if not 0 < value < 1:
        raise BadField(name, row[name], "is not a probability between 0 and 1")
    return value


def _line(row: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    if not row.get(name):
        return None
    value = reading.as_number(row[name], name)
    if not low <= value <= high or value * 2 != int(value * 2):
        raise BadField(name, row[name], f"is not a line in halves within {low:g}..{high:g}")
    return value
