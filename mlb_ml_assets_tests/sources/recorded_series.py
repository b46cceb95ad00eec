"""The recorded payloads by source, as the tests and the table of them go through.

Belongs here: which folder holds whose payloads, and the capture instants that the files do not tell.
Not here: tests.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.sources.rows import Payload, PayloadShapeError

AN_PAGE = datetime(2025, 6, 16, 20, 57, 20, tzinfo=UTC)
SBD_OLD, SBD_NEW = datetime(2025, 6, 13, 21, 3, 20, tzinfo=UTC), datetime(2026, 9, 27, 14, 6, 46, tzinfo=UTC)
# Source, path under payloads/, capture instant where neither content nor name has one (by MANIFEST.md).
SERIES = (
    ("mlb_stats_api", "mlb_statsapi/*.json", datetime(2026, 9, 1, tzinfo=UTC)),
    ("mlb_stats_api", "mlb_statsapi/pymlb_stubs", datetime(2025, 1, 1, tzinfo=UTC)),
    ("action_network", "action_network/public_betting_page_2025-06-16.html", AN_PAGE),
    ("action_network", "action_network/DERIVED_scoreboardResponse_2025-06-16.json", None),
    ("action_network", "action_network/DERIVED_allBooks_catalogue_2025-06-16.json", AN_PAGE),
    ("action_network", "action_network/nfl_2025", datetime(2026, 8, 1, tzinfo=UTC)),
    ("sportsbettingdime", "sbd/v2_matchups_mlb_2025-06-13.json", SBD_OLD),
    ("sportsbettingdime", "sbd/wp_json_mlb-odds_2026-09-27_EXCERPT_game1.json", SBD_NEW),
    ("sportsbettingdime", "sbd/public_betting_page_shell_2026-07.html", datetime(2026, 7, 22, tzinfo=UTC)),
    ("vsin", "vsin", datetime(2026, 7, 22, tzinfo=UTC)),
    ("the_odds_api", "odds_api/panthera", None),
    ("per_book_board", "odds_api/blon333_2025-06-17.tar.xz", datetime(2025, 6, 17, 13, 10, tzinfo=UTC)),
    ("draftkings_eventgroup", "draftkings_eventgroup", None),
    ("boltodds", "boltodds", None),
    ("lumify", "splits_lumify", None),
    ("splitvault", "splits_splitvault", None),
    ("unabated", "unabated", None),
    ("sportsbookreview", "sportsbookreview", datetime(2026, 7, 7, 17, tzinfo=UTC)),
    ("oddsportal", "oddsportal", None),
    ("game_tables", "mlb_statsapi/probable_pitchers_history_johnnydoe314.tar.xz", None),
    ("game_tables", "results/panthera_games_2026-07-31_08-22.csv", datetime(2026, 8, 23, tzinfo=UTC)),
    ("daily_tables", "results/jameskroeker_2025_2026_daily.tar.xz", datetime(2026, 8, 23, tzinfo=UTC)),
)  # fmt: skip
ROWS = ("games", "quotes", "splits", "sightings", "probables", "results", "rejected")


@dataclass
class Tally:
    """What became of one series."""

    source: str
    path: str
    payloads: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def payloads_of(folder: Path, source: str, path: str, captured_at: datetime | None) -> Iterator[Payload]:
    paths = sorted(folder.glob(path)) if "*" in path else [folder / path]
    return recorded.read(SOURCES[source], paths, captured_at)


def tally(folder: Path, source: str, path: str, captured_at: datetime | None, most: int | None = None) -> Tally:
    """Parse every payload of a series, or the first so many."""
    done = Tally(source, path)
    for payload in islice(payloads_of(folder, source, path, captured_at), most):
        done.payloads += 1
        try:
            parsed = SOURCES[source].parse(payload.body, payload.captured_at, payload.endpoint)
        except PayloadShapeError as error:
            done.refused[f"{error.field}: {str(error.found)[:60]}"] += 1
            continue
        done.rows.update({name: len(getattr(parsed, name)) for name in ROWS})
        done.rejected.update(one.reason for one in parsed.rejected)
        done.left_out.update(parsed.left_out)
    return done


def table(folder: Path) -> str:
    """The table of all series, as Markdown."""
    lines = ["| source | recorded | payloads | games | quotes | splits | in quarantine, and why | refused | left out |"]
    lines.append("|---|---|---:|---:|---:|---:|---|---|---|")
    for source, path, captured_at in SERIES:
        done = tally(folder, source, path, captured_at)
        why = ", ".join(f"{count} {reason}" for reason, count in done.rejected.most_common())
        refused = ", ".join(f"{count} {reason}" for reason, count in done.refused.most_common())
        left = ", ".join(f"{count} {reason}" for reason, count in done.left_out.most_common() if count)
        counts = " | ".join(str(done.rows[name]) for name in ("games", "quotes", "splits"))
        lines.append(
            f"| {source} | {path} | {done.payloads} | {counts} | {why or '0'} | {refused or '0'} | {left or '0'} |"
        )
    return "\n".join(lines)
