"""Rows of staging for tests that build games.

Belongs here: putting one record of a source, with what tests say of it, into a database.
Not here: any assertion.
"""

from datetime import UTC, date, datetime, timedelta

DAY = date(2024, 6, 4)
START = datetime(2024, 6, 4, 23, 5, tzinfo=UTC)


def insert(connection, table, **values):
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def record(connection, source_game_id, source="mlb_stats_api", **told):
    """A game as one source lists it: PIT at home to NYM, scheduled."""
    usual = {
        "game_pk": int(source_game_id) if source == "mlb_stats_api" else None, "game_date": DAY, "season": 2024,
        "season_type": "regular", "home_team": "PIT", "away_team": "NYM", "scheduled_start": START,
        "status": "scheduled", "park_id": "PIT08", "venue_name": "PNC Park", "captured_at": START - timedelta(days=1),
        "content_hash": "0" * 64,
    }  # fmt: skip
    insert(connection, "staging.source_games", source=source, source_game_id=source_game_id, **(usual | told))


def result(connection, source_game_id, home, away, source="mlb_stats_api", **told):
    usual = {"known_at": START + timedelta(hours=11), "assumed": False, "home_score": home, "away_score": away}
    insert(connection, "staging.game_results", source=source, source_game_id=source_game_id, **(usual | told))


def book(connection, book_id, source="the_odds_api", bettable=True):
    insert(
        connection, "staging.book_catalogue", source=source, book_id=book_id, book_name=book_id, book_kind="book",
        bettable=bettable,
    )  # fmt: skip


def quote(connection, book_id, side, odds, at, line=None, market=None, game="odds-1", status=None):
    """One price of one side at one book; `at` is hours before START, negative for after it."""
    market = market or ("total" if side in ("over", "under") else "spread" if line is not None else "moneyline")
    stamp = START - timedelta(hours=at)
    insert(
        connection, "staging.source_quotes", source="the_odds_api", source_game_id=game, book_id=book_id,
        market_type=market, side=side, updated_at=stamp, odds=odds, line_value=line, captured_at=stamp,
        line_status=status,
    )  # fmt: skip


def seen(connection, book_id, until, market="moneyline", game="odds-1", pulled=None):
    """A market was on offer until so many hours before START, and a board came without it `pulled` hours before."""
    key = {"source": "the_odds_api", "source_game_id": game}
    first, last = START - timedelta(days=2), START - timedelta(hours=until)
    boards = {first, last} if pulled is None else {first, last, START - timedelta(hours=pulled)}
    for board in boards:
        connection.execute(
            "INSERT INTO staging.game_sightings VALUES (%(source)s, %(source_game_id)s, %(at)s) ON CONFLICT DO NOTHING",
            {**key, "at": board},
        )
    insert(
        connection, "staging.market_sightings", **key, book_id=book_id, market_type=market, first_captured_at=first,
        last_captured_at=last,
    )  # fmt: skip


def add_quotes_of_others(connection) -> None:
    """Forty thousand quotes of games that nobody asks for, and statistics that know of them."""
    connection.execute(
        """INSERT INTO staging.source_quotes
               (source, source_game_id, book_id, market_type, side, updated_at, odds, captured_at)
           SELECT 'the_odds_api', 'other-' || g, 'alpha', 'moneyline', s, %s, -110, %s
           FROM generate_series(1, 20000) g, unnest(ARRAY['home', 'away']) s""",
        (START, START),
    )
    connection.execute("ANALYZE staging.source_quotes")
