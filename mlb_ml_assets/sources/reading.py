"""Reading untrusted values: each function gives the value in our type or says which field is bad and why.

Belongs here: JSON and CSV decoding, instants, ids, counts, odds, percentages; no knowledge of any source.
Not here: row types (rows.py), deciding what a bad field means for its record (the source's module).
"""

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

# NUL and halves of surrogate pairs: legal in JSON text, not in PostgreSQL's.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


# 1980 and 2100 in seconds since 1970; a greater number counts milliseconds.
_FIRST_EPOCH, _LAST_EPOCH, _MILLISECONDS_ABOVE = 315_532_800, 4_102_444_800, 10_000_000_000


class _Missing:
    """A field that is not there, which is not the same as null."""

    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


class SourceError(Exception):
    """What a source gave cannot be used. Base of the errors of this package."""


class BadField(SourceError, ValueError):
    """One field of one record cannot be trusted. `code` groups rejections: the field's name."""

    def __init__(self, field: str, value: object, why: str) -> None:
        self.field = field
        self.value = value
        self.why = why
        self.code = f"bad_{field.rsplit('.', 1)[-1]}"[:60]
        super().__init__(f"{field} = {repr(value)[:200]}: {why}")


class NotReadable(SourceError, ValueError):
    """The bytes are not the format that they claim to be: cut, garbled or something else altogether."""


def utf8(body: bytes) -> bytes:
    """The text of a body as UTF-8 without a byte order mark.

    UTF-16 and UTF-32 are recognized by their mark or by the zero bytes of their first characters. Any other body is
    returned as it is.

    Raises:
        NotReadable: the body ends inside a character of UTF-16 or UTF-32.
    """
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    if encoding == "utf-8-sig":
        return body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode(encoding).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise NotReadable(f"{len(body)} bytes that are not {encoding.upper()}: {error.reason}") from error


def is_json(body: bytes) -> bool:
    """Whether a UTF-8 body begins like a JSON object or list."""
    return body.lstrip()[:1] in (b"{", b"[")


def load_json(body: bytes) -> Any:
    """The JSON value of a body in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Raises:
        NotReadable: cut or garbled text, NaN or Infinity, or nesting too deep to read.
    """
    try:
        return json.loads(utf8(body), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotReadable(f"{len(body)} bytes that are not JSON: {str(error)[:120]}; begins {body[:40]!r}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def get(record: object, field: str) -> Any:
    """The raw value of a field, or MISSING."""
    # The concrete type first: the check against Mapping was a tenth of all parsing time.
    if type(record) is dict or isinstance(record, Mapping):
        return record.get(field, MISSING)
    return MISSING


def mapping(record: object, field: str) -> Mapping[str, Any]:
    """A nested object."""
    value = get(record, field)
    if not isinstance(value, Mapping):
        raise BadField(field, value, "not an object")
    return value


def sequence(record: object, field: str) -> Sequence[Any]:
    """A nested list."""
    value = get(record, field)
    if not isinstance(value, list):
        raise BadField(field, value, "not a list")
    return value


def listed(record: object, field: str) -> Sequence[Any]:
    """A nested list, empty where it is absent or null."""
    value = get(record, field)
    return [] if value is MISSING or value is None else sequence(record, field)


def text(record: object, field: str, longest: int = 200) -> str:
    """Text that is not empty and that PostgreSQL can hold."""
    value = get(record, field)
    if not isinstance(value, str) or not value.strip():
        raise BadField(field, value, "not text")
    return clean(value, field, longest)


def clean(value: str, field: str, longest: int = 200) -> str:
    """Text without surrounding space; refuses NUL, lone surrogates and what is longer than its column."""
    value = value.strip()
    if len(value) > longest or UNSTORABLE.search(value):
        raise BadField(field, value, f"unreadable, or longer than {longest}")
    return value


def text_or_none(record: object, field: str, longest: int = 200) -> str | None:
    """Text, or None where it is absent, null or empty."""
    value = get(record, field)
    if value is MISSING or value is None or (isinstance(value, str) and not value.strip()):
        return None
    return text(record, field, longest)


def identifier(record: object, field: str) -> str:
    """An id, number or text, as text."""
    value = get(record, field)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return str(value)
    if isinstance(value, str) and value.strip():
        return clean(value, field, 100)
    raise BadField(field, value, "not an id")


def epoch_or_instant(record: object, field: str) -> datetime:
    """An instant in UTC from ISO 8601 text or from seconds or milliseconds since 1970."""
    value = get(record, field)
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value / 1000 if value > _MILLISECONDS_ABOVE else value
        if not _FIRST_EPOCH <= seconds <= _LAST_EPOCH:
            raise BadField(field, value, "not an instant")
        return datetime.fromtimestamp(seconds, tz=UTC)
    return as_instant(value, field)


def whole(record: object, field: str, low: int = -(2**31), high: int = 2**31 - 1) -> int:
    """A whole number, as a number, a whole float or digits with an optional sign."""
    return as_whole(get(record, field), field, low, high)


def as_whole(value: object, field: str, low: int = -(2**31), high: int = 2**31 - 1) -> int:
    """See `whole`."""
    number: int | None = None
    if isinstance(value, str):
        digits = value.strip().replace("−", "-")
        bare = digits[1:] if digits[:1] in ("+", "-") else digits
        if bare.isascii() and bare.isdigit() and len(bare) < 20:
            number = int(digits)
    elif isinstance(value, bool):
        number = None
    elif isinstance(value, int):
        number = value
    elif isinstance(value, float) and math.isfinite(value) and value == int(value):
        number = int(value)
    if number is None:
        raise BadField(field, value, "not a whole number")
    if not low <= number <= high:
        raise BadField(field, value, f"not within {low}..{high}")
    return number


def whole_or_none(record: object, field: str, low: int = -(2**31), high: int = 2**31 - 1) -> int | None:
    """A whole number, or None where it is absent, null or empty text."""
    value = get(record, field)
    return None if value is MISSING or value is None or value == "" else as_whole(value, field, low, high)


def as_number(value: object, field: str) -> float:
    """A finite number, also from text with a sign; no exponents in text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError as error:
            raise BadField(field, value, "not a number") from error
        if math.isfinite(number):
            return number
    if isinstance(value, str):
        digits = value.strip().replace("−", "-")
        bare = digits[1:] if digits[:1] in ("+", "-") else digits
        if bare.isascii() and 0 < len(bare) < 30 and bare.count(".") <= 1 and bare.replace(".", "").isdigit():
            return float(digits)
    raise BadField(field, value, "not a number")


def number(record: object, field: str) -> float:
    """A finite number."""
    return as_number(get(record, field), field)


def american(value: object, field: str = "odds") -> int:
    """American odds: a whole number, or signed text such as "+104", or "EVEN"."""
    if isinstance(value, str) and value.strip().upper() in ("EVEN", "EV", "EVENS"):
        return 100
    return as_whole(value, field)


def american_of_decimal(value: float, field: str = "odds") -> int:
    """American odds nearest to a decimal price above 1."""
    if not 1.0 < value <= 1001.0:
        raise BadField(field, value, "no decimal price")
    odds = round((value - 1.0) * 100.0) if value >= 2.0 else -round(100.0 / (value - 1.0))
    return 100 if odds == -100 else odds


def as_instant(value: object, field: str, zone: ZoneInfo | None = None) -> datetime:
    """An instant in UTC from ISO 8601 text. `zone`: what a stamp without one is in; without it such a stamp is bad."""
    if not isinstance(value, str) or len(value) < 10:
        raise BadField(field, value, "not an instant")
    stamp = _instant_of(value, zone)
    if isinstance(stamp, str):
        raise BadField(field, value, stamp)
    return stamp


@lru_cache(maxsize=4096)
def _instant_of(value: str, zone: ZoneInfo | None) -> datetime | str:
    """The instant, or what is wrong with it. Remembered: a payload repeats few stamps many times."""
    try:
        stamp = datetime.fromisoformat(value.strip())
        if stamp.tzinfo is None:
            if zone is None:
                return "an instant without a zone"
            stamp = stamp.replace(tzinfo=zone)
        stamp = stamp.astimezone(UTC)
    except (ValueError, OverflowError):
        return "not an instant"
    return stamp if 1900 <= stamp.year <= 2100 else "outside 1900..2100"


def instant(record: object, field: str, zone: ZoneInfo | None = None) -> datetime:
    """An instant in UTC; see `as_instant`."""
    return as_instant(get(record, field), field, zone)


def as_day(value: object, field: str) -> date:
    """A calendar day from YYYY-MM-DD."""
    if isinstance(value, str) and len(value) == 10:
        try:
            day = date.fromisoformat(value)
        except ValueError as error:
            raise BadField(field, value, "not a day") from error
        if 1900 <= day.year <= 2100:
            return day
    raise BadField(field, value, "not a day")


@dataclass(frozen=True)
class CsvTable:
    """A CSV table with a header.

    Attributes:
        columns: names in the header.
        rows: line number (the header is line 1) and values by column of each row.
        cut_rows: 1 where the last line has no line end; it is not among `rows`, because half a number is a number.
    """

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    cut_rows: int

    def require(self, columns: AbstractSet[str]) -> None:
        """Check the header.

        Raises:
            BadField: the first missing column.
        """
        absent = sorted(columns - set(self.columns))
        if absent and self.rows:
            raise BadField(absent[0], list(self.columns), "no such column")


# Comments, and the line by which Excel is given the separator.
_NO_TABLE: Final = re.compile(r"(?:(?:#[^\r\n]*|sep=.)(?:\r\n|\r|\n))*", re.IGNORECASE)


def csv_table(body: object) -> CsvTable:
    """The table of a body in UTF-8 or, by its mark, UTF-16; lines end in LF, CR LF or CR.

    Columns are separated by what the header has most of: comma, semicolon, tab or bar. Lines before it that begin with
    `#`, and Excel's `sep=`, are no part of the table.

    Raises:
        BadField: not bytes.
        NotReadable: another encoding, or quoting that never ends.
    """
    if not isinstance(body, bytes):
        raise BadField("table", type(body).__name__, "not a table")
    text_ = _decoded(body)
    end = max(text_.rfind("\n"), text_.rfind("\r")) + 1
    before = _NO_TABLE.match(text_)
    assert before is not None
    begin, above = before.end(), len(before.group().splitlines())
    header = text_[begin:end].partition("\n")[0].partition("\r")[0]
    delimiter = max(",;\t|", key=header.count)
    lines = io.StringIO(text_[begin:end], newline="")
    reader = csv.DictReader(lines, strict=True, delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [
            (
                above + reader.line_num,
                {name: value for name, value in row.items() if isinstance(name, str) and isinstance(value, str)},
            )
            for row in reader
        ]
        return CsvTable(tuple(reader.fieldnames or ()), rows, int(bool(text_[end:].strip())))
    except csv.Error as error:
        raise NotReadable(f"not a CSV table, line {above + reader.line_num}: {str(error)[:100]}") from error


def _decoded(body: bytes) -> str:
    plain = utf8(body)
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = plain.count(b"\n", 0, error.start) + 1
        raise NotReadable(
            f"line {line} has the byte {plain[error.start]:#04x}, which is not UTF-8: save the table as UTF-8"
        ) from error
