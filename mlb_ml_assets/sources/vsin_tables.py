"""The tables of VSIN's splits pages, cell by cell.

Belongs here: what each column is, by its header; a row a team and a row a game; the date of a page.
Not here: addresses and page kinds (vsin.py).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, Split, pair

GAMECODE = re.compile(r"^(\d{8})([A-Z]+)(\d+)$")
PERCENT = re.compile(r"^(\d{1,3})\s*%$")
HEADER_DAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+([A-Z][a-z]+)\.?\s+(\d{1,2})\b")
MARKET_LABELS = {
    "spread": "spread",
    "run line": "spread",
    "runline": "spread",
    "rl": "spread",
    "line": "spread",
    "total": "total",
    "o/u": "total",
    "money": "moneyline",
    "moneyline": "moneyline",
    "money line": "moneyline",
    "ml": "moneyline",
}
Columns = Mapping[tuple[str, str], int]


def words(cell: Any) -> str:
    """Visible text of a cell, without the arrows of a change."""
    return re.sub(r"[▲▼↑↓\s]+", " ", " ".join(cell.itertext())).strip()


def columns_of(table: Any) -> Columns:
    """Column index by market and by line, money or tickets, as the header labels them.

    Raises:
        BadField: no header row that labels a line, handle and bets for each of the three markets.
    """
    seen: list[str] = []
    for row in table.xpath(".//thead//tr") or table.xpath(".//tr[th]"):
        labels: list[str] = []
        for cell in row.xpath("./th|./td"):
            span = str(cell.get("colspan", "1"))
            labels += [words(cell).lower()] * (int(span) if span.isdigit() and int(span) < 20 else 1)
        seen += labels
        columns = _labelled(labels)
        if columns is not None:
            return columns
    raise BadField("thead", seen[:20], "does not label handle and bets of each market")


def _labelled(labels: Sequence[str]) -> Columns | None:
    columns: dict[tuple[str, str], int] = {}
    market = None
    for index, label in enumerate(labels):
        if "handle" in label:
            kind = "money"
        elif "bet" in label or "ticket" in label:
            kind = "tickets"
        elif label in MARKET_LABELS:
            market, kind = MARKET_LABELS[label], "line"
        else:
            continue
        if market is None or (market, kind) in columns:
            return None
        columns[market, kind] = index
    return columns if len(columns) == 9 else None


def add_team_rows(parsed: Parsed, book: str, rows: Sequence[Any], columns: Columns) -> None:
    """The layout since spring 2026: away row, home row; away is over, home is under."""
    for away, home in zip(rows[::2], rows[1::2], strict=False):
        codes = {code for row in (away, home) for code in row.xpath(".//@data-gamecode")}
        code = min(codes, default="")
        try:
            found = GAMECODE.match(code)
            if len(codes) != 1 or found is None:
                raise BadField("data-gamecode", sorted(codes), "not the two rows of one game")  # noqa: TRY301
            if found.group(2) != "MLB":
                parsed.left_out[f"league {found.group(2)[:10]}"] += 1
                continue
            day = found.group(1)
            states = f"{away.get('class', '')} {home.get('class', '')}"
            status = "final" if "sp-game-final" in states else "live" if "sp-game-live" in states else "scheduled"
            names = [_team(row) for row in (home, away)]
            game_date = reading.as_day(f"{day[:4]}-{day[4:6]}-{day[6:]}", "data-gamecode")
            cells = [[words(cell) for cell in row.xpath("./td")] for row in (home, away)]
            _add_game(parsed, book, _game(parsed, code, game_date, names, status), cells, columns)
        except BadField as error:
            parsed.reject(error, {"away": words(away)[:500], "home": words(home)[:500], "gamecode": code}, code or None)
    if len(rows) % 2:
        odd = BadField("tr.sp-row", len(rows), "an odd number of team rows")
        parsed.reject(odd, {"row": words(rows[-1])[:500]})


def add_old_table(parsed: Parsed, book: str, table: Any) -> int:
    """The layout before: one row a game, in each cell away (or over) above home (or under). Gives the rows found."""
    day = _header_day(table, parsed.captured_at)
    columns = columns_of(table)
    rows = [row for row in table.xpath(".//tr[td]") if len(row.xpath("./td")) >= 10]
    counts: dict[str, int] = {}
    for row in rows:
        cells = [
            [part for part in (words_of.strip() for words_of in cell.itertext()) if part] for cell in row.xpath("./td")
        ]
        try:
            if any(len(cell) != 2 for cell in cells[:10]):
                raise BadField("td", [len(cell) for cell in cells[:10]], "not two values a cell")  # noqa: TRY301
            away, home = (reading.clean(name, "team", 60) for name in cells[0])
            key = f"{day:%Y%m%d}-{away}@{home}"
            counts[key] = counts.get(key, 0) + 1
            code = key if counts[key] == 1 else f"{key}-{counts[key]}"
            sides = [[cell[which] if len(cell) > which else "" for cell in cells] for which in (1, 0)]
            game = _game(parsed, code, day, [home, away], "scheduled", counts[key])
            _add_game(parsed, book, game, sides, columns)
        except BadField as error:
            parsed.reject(error, {"row": words(row)[:500]})
    return len(rows)


def _header_day(table: Any, captured_at: datetime) -> date:
    header = " ".join(words(cell) for cell in table.xpath(".//th"))
    found = HEADER_DAY.search(header)
    if found is None:
        raise BadField("th", header[:100], "no date in the header")
    for year in (captured_at.year, captured_at.year - 1, captured_at.year + 1):
        for form in ("%B %d %Y", "%b %d %Y"):
            try:
                day = datetime.strptime(f"{found.group(1)} {found.group(2)} {year}", form).date()  # noqa: DTZ007 - a day
            except ValueError:
                continue
            if abs((day - captured_at.date()).days) < 180:
                return day
    raise BadField("th", found.group(0), "no day near the capture")


def _team(row: Any) -> str:
    cells = row.xpath(".//td[contains(@class, 'sp-cell-team')]")
    return reading.clean(words(cells[0]) if cells else "", "team", 60) or _nameless(row)


def _nameless(row: Any) -> str:
    raise BadField("td.sp-cell-team", words(row)[:100], "no team name")


def _game(parsed: Parsed, code: str, day: date, names: Sequence[str], status: str, number: int = 1) -> SourceGame:
    return SourceGame(
        source_game_id=code,
        game_date=day,
        season=day.year,
        home_team=names[0],
        away_team=names[1],
        game_number=number,
        scheduled_start=None,
        status=status,
        captured_at=parsed.captured_at,
    )


def _add_game(parsed: Parsed, book: str, game: SourceGame, cells: Sequence[Sequence[str]], columns: Columns) -> None:
    code = game.source_game_id
    if any(one.source_game_id == code for one in parsed.games):
        parsed.left_out["game listed twice"] += 1
        return
    parsed.games.append(game)
    if game.status != "scheduled":
        # Numbers of a game that has begun are its last ones before it, at an instant the page does not tell.
        parsed.left_out["split of a game that has begun"] += 3
        return
    for market_type in SIDES_OF_MARKET:
        try:
            _add_market(parsed, book, code, market_type, cells, columns)
        except BadField as error:
            record = {"gamecode": code, "market": market_type, "home": list(cells[0]), "away": list(cells[1])}
            parsed.reject(error, record, code)


def _add_market(
    parsed: Parsed, book: str, code: str, market_type: str, cells: Sequence[Sequence[str]], columns: Columns
) -> None:
    # cells: home then away; the away row carries over, the home row under.
    order = (1, 0) if market_type == "total" else (0, 1)

    def at(kind: str) -> list[str]:
        index = columns[market_type, kind]
        if any(len(row) <= index for row in cells):
            raise BadField(f"{market_type} {kind}", [len(row) for row in cells], "a row without this column")
        return [cells[side][index] for side in order]

    tickets, money = (pair(*(_percent(value, market_type) for value in at(kind))) for kind in ("tickets", "money"))
    lines = at("line")
    if tickets[0] is None and money[0] is None:
        parsed.left_out["split without data"] += 1
    else:
        parsed.splits.append(Split(code, book, market_type, parsed.captured_at, None, *tickets, *money))
    if market_type != "moneyline" or any(value in ("", "-", "--") for value in lines):
        return
    for side, value in zip(SIDES_OF_MARKET[market_type], lines, strict=True):
        odds, stamp = reading.american(value), parsed.captured_at
        parsed.quotes.append(Quote(code, book, market_type, side, odds, None, stamp, stamp))


def _percent(value: str, field: str) -> float | None:
    if value in ("", "-", "--"):
        return None
    found = PERCENT.match(value)
    if found is None:
        raise BadField(f"{field} percentage", value, "not a percentage")
    return float(found.group(1))
