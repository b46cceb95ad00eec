"""Metrics of a season's quotes from the archive tier: the rows that PostgreSQL gives, to the bit.

Belongs here: made-up records of every kind of source through both ways, after changes of every kind.
Not here: the metrics themselves (test_quote_metrics.py), the tier's files (flows/test_archive.py).
"""

import random
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from mlb_ml_assets.flows.archive import archive_months
from mlb_ml_assets.warehouse import archived_quotes
from mlb_ml_assets.warehouse.archived_quotes import read_archived_metrics
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics
from mlb_ml_assets_tests.warehouse.game_rows import book, insert, record

# Two games whose quotes lie in two months, and one each in the months beside them.
STARTS = tuple(datetime(2024, *when, 23, 5, tzinfo=UTC) for when in ((4, 20), (5, 31), (6, 1), (6, 20)))
CLUBS = (("PIT", "NYM"), ("BOS", "NYY"), ("CHC", "STL"), ("SEA", "OAK"))
SOURCES = ("the_odds_api", "action_network", "history_bundle", "sbro")
SIDES = {"moneyline": ("home", "away"), "spread": ("home", "away"), "total": ("over", "under")}


@pytest.fixture
def connection(database):
    """Four games, each listed by two live sources and two archives; one source has the clubs of one exchanged."""
    with database.connect() as connection:
        for name in ("alpha", "beta"):
            book(connection, name)
        for number, (start, (home, away)) in enumerate(zip(STARTS, CLUBS, strict=True)):
            about = {"game_date": start.date(), "scheduled_start": start, "captured_at": start - timedelta(days=9)}
            record(connection, str(number + 1), home_team=home, away_team=away, **about)
            with connection.transaction():
                build_enhanced_games(connection, start.date(), start.date())
            (game,) = connection.execute("SELECT max(id) FROM curated.enhanced_games").fetchone()
            for source in SOURCES:
                sides = (away, home) if (source, number) == ("action_network", 1) else (home, away)
                record(connection, f"g{number}", source=source, home_team=sides[0], away_team=sides[1], **about)
                insert(
                    connection, "curated.game_identity", source=source, source_game_id=f"g{number}", game_id=game,
                    confidence=1, method="test", evidence="{}",
                )  # fmt: skip
        yield connection


def add_quotes(connection, chance: random.Random, number: int) -> None:
    """A game's prices at two books of each source, with what else an odds table may hold."""
    start = STARTS[number]
    # A source without prices of a game, one that was captured after it, one whose stamps end before its captures.
    late = chance.choice((timedelta(0), timedelta(0), timedelta(minutes=40), timedelta(days=3)))
    for source in chance.sample(SOURCES, 3):
        for name in ("alpha", "beta"):
            for market, sides in SIDES.items():
                for side in sides:
                    if chance.random() < 0.2:
                        continue
                    for minutes in chance.sample(range(-60, 60 * 47), chance.choice((1, 3, 6))):
                        add_quote(connection, chance, source, f"g{number}", name, market, side,
                                  start - timedelta(minutes=minutes), late)  # fmt: skip
                if source in SOURCES[:2] and chance.random() < 0.7:
                    first = start - timedelta(minutes=chance.randrange(100, 3000))
                    insert(
                        connection, "staging.market_sightings", source=source, source_game_id=f"g{number}",
                        book_id=name, market_type=market, first_captured_at=first,
                        last_captured_at=first + timedelta(minutes=chance.randrange(90)),
                        seen_at=chance.choice((None, first)),
                    )  # fmt: skip
        if source in SOURCES[:2]:
            for minutes in chance.sample(range(3000), 3):
                insert(
                    connection, "staging.game_sightings", source=source, source_game_id=f"g{number}",
                    captured_at=start - timedelta(minutes=minutes),
                )  # fmt: skip


def add_quote(connection, chance, source, game, name, market, side, at, late) -> None:
    line = None if market == "moneyline" else chance.choice((-1.5, 8.5, 9.0))
    key = {"market_type": market, "side": side, "updated_at": at, "line_value": line}
    odds = chance.choice((-120, -110, 105, 130))
    status = chance.choice((None, "normal", "suspended"))
    if source == "action_network":
        insert(
            connection, "staging.action_network_odds_historical", external_game_id=game, sportsbook_external_id=name,
            odds=chance.choice((odds, odds, odds, -98)), line_status=status,
            data_collection_time=chance.choice((None, at + late)), **key,
        )  # fmt: skip
    elif source == "the_odds_api":
        insert(
            connection, "staging.source_quotes", source=source, source_game_id=game, book_id=name, odds=odds,
            line_status=status, captured_at=at + late, **key,
        )  # fmt: skip
    else:
        for kind in chance.choice((("open", "close"), ("tick",), ("close",))):
            insert(
                connection, "staging.archive_quotes", source=source, source_game_id=game, feed="feed", book=name,
                quote_kind=kind, odds=chance.choice((odds, -150)), assumed=False, is_primary=True,
                synthetic=chance.random() < 0.1, **key,
            )  # fmt: skip


def asked(connection, *hours) -> pd.DataFrame:
    """Every game at so many hours before its start."""
    games = connection.execute("SELECT id, game_datetime FROM curated.enhanced_games ORDER BY id").fetchall()
    rows = [(game, pd.Timestamp(start - timedelta(hours=before))) for game, start in games for before in hours]
    return pd.DataFrame(rows, columns=["game_id", "as_of"])


def compare(connection, store, requests, **given) -> pd.DataFrame:
    found = read_archived_metrics(connection, store, requests, **given)
    pd.testing.assert_frame_equal(found, read_quote_metrics(connection, requests, **given), check_exact=True)
    return found


@pytest.fixture
def from_postgresql(monkeypatch) -> list:
    """The games of every call that PostgreSQL answered."""
    calls = []

    def watch(connection, requests, markets):
        calls.append(sorted(set(requests["game_id"])))
        return read_quote_metrics(connection, requests, markets)

    monkeypatch.setattr(archived_quotes, "read_quote_metrics", watch)
    return calls


def check(connection, store, from_postgresql, seed) -> None:
    chance = random.Random(seed)
    for number in range(len(STARTS)):
        add_quotes(connection, chance, number)
    archive_months(connection, store)
    requests = asked(connection, 30, 2, 0, -0.5, -72)
    assert len(compare(connection, store, requests)) > 0
    # A log that nobody captured in time may need PostgreSQL, other games do not.
    assert sum(len(games) for games in from_postgresql) < len(STARTS)
    compare(connection, store, requests.sample(frac=0.4, random_state=seed), markets=["total", "moneyline"])


def test_the_tier_gives_the_rows_of_postgresql_to_the_bit(connection, tmp_path, from_postgresql):
    """A price that counts in one and not in the other, a side exchanged once: a study that nobody can repeat."""
    check(connection, FolderStore(tmp_path / "months"), from_postgresql, 1)


@pytest.mark.by_hand
@pytest.mark.parametrize("seed", range(2, 62))
def test_sixty_more_by_hand(connection, tmp_path, from_postgresql, seed):
    """The rare pairs of conditions."""
    check(connection, FolderStore(tmp_path / "months"), from_postgresql, seed)


def test_only_games_whose_months_changed_are_read_from_postgresql(connection, tmp_path, from_postgresql):
    """A late quote that a season's metrics never show, or one that makes the whole season slow."""
    store, chance = FolderStore(tmp_path / "months"), random.Random(7)
    for number, start in enumerate(STARTS):
        add_quote(connection, chance, "the_odds_api", f"g{number}", "alpha", "moneyline", "home",
                  start - timedelta(hours=30), timedelta(0))  # fmt: skip
    archive_months(connection, store)
    requests = asked(connection, 0)
    games = requests["game_id"].tolist()
    before = compare(connection, store, requests)
    assert from_postgresql == []
    add_quote(connection, chance, "the_odds_api", "g3", "beta", "moneyline", "home",
              STARTS[3] - timedelta(hours=3), timedelta(0))  # fmt: skip
    assert len(compare(connection, store, requests)) == len(before) + 1
    # Its quotes and those of the first of June are of June.
    assert from_postgresql == [games[3:]] or from_postgresql == [games[2:]]
    archive_months(connection, store)
    from_postgresql.clear()
    assert len(compare(connection, store, requests)) == len(before) + 1
    assert from_postgresql == []
