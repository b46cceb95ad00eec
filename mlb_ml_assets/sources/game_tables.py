"""CSV tables that other projects keep of MLB's own data: probable starters through time, results with gamePk.

Belongs here: two layouts, distinguished by their columns; both name games by gamePk.
Not here: tables with ids of their own (daily_tables.py).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import GameResult, ProbableStarter, SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "game_tables"
INNING_COLUMN = re.compile(r"^(home|away)_(?:i|inning_)?(\d{1,2})(?:st|nd|rd|th)?$")
STATUS = {
    "Scheduled": "scheduled",
    "Pre-Game": "scheduled",
    "Warmup": "scheduled",
    "Delayed Start": "scheduled",
    "Preview": "scheduled",
    "Delayed": "live",
    "Live": "live",
    "Player challenge": "live",
    "In Progress": "live",
    "Manager challenge": "live",
    "Final": "final",
    "Game Over": "final",
    "Completed Early": "final",
    "Finished": "final",
    "Postponed": "postponed",
    "Cancelled": "cancelled",
    "Suspended": "suspended",
}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games with probable starters, or with results.

    Raises:
        PayloadShapeError: the columns of none of the layouts.
    """
    del endpoint
    with reading_payload(SOURCE):
        table = reading.csv_table(body)
        parsed = Parsed(SOURCE, captured_at)
        if not table.rows:
            parsed.left_out["empty table"] += 1
            return parsed.checked_table(table)
        columns = set(table.columns)
        if {"home_pitcher_id", "game_time", "game_pk"} <= columns:
            read = _add_probables
        elif {"start_time_utc", "home_score", "game_pk"} <= columns:
            read = _add_result
        else:
            raise BadField(
                "columns",
                sorted(columns),
                "neither the columns of probable starters nor those of results; they are separated by commas",
            )
        for line, row in table.rows:
            try:
                read(parsed, row)
            except BadField as error:
                game = row.get("game_pk", row.get("game_id", ""))[:100] or None
                parsed.reject(error, dict(row), game, at=f"line {line}")
        return parsed.checked_table(table)


def _add_probables(parsed: Parsed, row: Mapping[str, str]) -> None:
    game = add_game(parsed, row, row.get("game_pk", ""), row.get("game_date", ""), reading.instant(row, "game_time"))
    for side in ("home", "away"):
        player = reading.text_or_none(row, f"{side}_pitcher_id", 20)
        name = reading.text_or_none(row, f"{side}_pitcher", 100)
        parsed.probables.append(ProbableStarter(game.source_game_id, side, parsed.captured_at, player, name))


def _add_result(parsed: Parsed, row: Mapping[str, str]) -> None:
    start = reading.instant(row, "start_time_utc")
    game = add_game(parsed, row, row.get("game_pk", ""), row.get("game_date_et", ""), start)
    add_score(parsed, game, row)


def add_game(parsed: Parsed, row: Mapping[str, str], game_pk: str, day: str, start: datetime) -> SourceGame:
    """A game of a table, by its gamePk or else by the table's own id; `day` and `start` as the table has them."""
    status = row.get("status", "").strip()
    if status.split(":")[0] not in STATUS:
        raise BadField("status", status, "unknown status")
    pk = reading.as_whole(game_pk, "game_pk", 1, 2**40) if game_pk else None
    number = row.get("game_number", "")
    game_date = reading.as_day(day, "game_date")
    double_header = row.get("doubleheader", "N") or "N"
    game = SourceGame(
        source_game_id=str(pk) if pk is not None else reading.identifier(row, "game_id"),
        game_pk=pk,
        game_date=game_date,
        season=game_date.year,
        home_team=reading.text(row, "home_team_name" if "home_team_name" in row else "home_team"),
        away_team=reading.text(row, "away_team_name" if "away_team_name" in row else "away_team"),
        game_number=reading.as_whole(number, "game_number", 1, 3) if number else 1,
        doubleheader=double_header,
        scheduled_start=start.astimezone(ZoneInfo("UTC")),
        status=STATUS[status.split(":")[0]],
        status_detail=status[:60] or None,
        venue_name=reading.text_or_none(row, "venue"),
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    return game


def add_score(parsed: Parsed, game: SourceGame, row: Mapping[str, str]) -> None:
    """The final score of a finished game."""
    if game.status != "final":
        return
    home, away = (reading.as_number(row.get(f"{side}_score", ""), f"{side}_score") for side in ("home", "away"))
    if home != int(home) or away != int(away):
        raise BadField("home_score", f"{home}/{away}", "not whole runs")
    lines = _line_scores(row, int(home), int(away))
    innings = max(map(len, lines.values()))
    parsed.results.append(
        GameResult(
            game.source_game_id,
            parsed.captured_at,
            int(home),
            int(away),
            innings=innings or None,
            home_line_score=score_text(lines["home"], innings),
            away_line_score=score_text(lines["away"], innings),
        )
    )


def _line_scores(row: Mapping[str, str], home: int, away: int) -> dict[str, list[int]]:
    """Runs by inning of both sides; empty where they do not add up to the score: tables stop at the ninth inning."""
    lines = {side: _line_score(row, side) for side in ("home", "away")}
    if sum(lines["home"]) != home or sum(lines["away"]) != away or not all(lines.values()):
        return {"home": [], "away": []}
    # Tables write 0 for the last half that a home side in the lead does not play.
    if len(lines["home"]) == len(lines["away"]) and lines["home"][-1] == 0 and home > away:
        lines["home"].pop()
    return lines


def _line_score(row: Mapping[str, str], side: str) -> list[int]:
    """Runs by inning from columns such as home_1, home_1st or home_inning_1; empty where the table has none."""
    runs: dict[int, int] = {}
    for name, value in row.items():
        found = INNING_COLUMN.match(name)
        if found is not None and found.group(1) == side and value.strip():
            runs[int(found.group(2))] = int(reading.as_number(value, name))
    return [runs[inning] for inning in sorted(runs)] if sorted(runs) == list(range(1, len(runs) + 1)) else []


def score_text(line: list[int], innings: int) -> str | None:
    """A line score as it is stored: a digit per inning, (10) for ten or more, x for a half that was not played."""
    if not line:
        return None
    return "".join(str(runs) if runs < 10 else f"({runs})" for runs in line) + "x" * (innings - len(line))


# Recordings of its probables are named by UTC time without saying so.
SPEC = SourceSpec(SOURCE, "schedule", parse, name_zone=UTC)
