"""Every asset that writes, in the order of the chain, each from the database that the one before it left.

Belongs here: what is run of each, which tables it fills, the databases between them.
Not here: the kills (test_killed_runs.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from mlb_ml_assets.assets.sources import COLLECTIONS
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league_server import COLLECTED as LEAGUE_SOURCES
from mlb_ml_assets_tests.chain import LEAGUE

# Every source of the league, so that the code location collects them all itself.
COLLECTED = ",".join(LEAGUE_SOURCES)
TODAY = LEAGUE.today.isoformat()
PAST = (LEAGUE.today - timedelta(days=6)).isoformat(), (LEAGUE.today - timedelta(days=1)).isoformat()
# The archive that is imported under kills: three weeks of games.
SMALL = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 22), season_days=20)

_GAMES = ("curated.enhanced_games", "curated.game_details", "curated.game_identity")
_STAGED = (
    "staging.source_games", "staging.game_results", "staging.game_conditions", "staging.probable_starters",
    "staging.lineups", "staging.starter_lines", "staging.bullpen_lines", "staging.team_lines", "staging.people",
    "staging.archive_quotes",
)  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """One writing asset.

    Attributes:
        name: of its database, and in the table of outcomes.
        assets: keys that the run materializes; () where `words` is a command.
        partitions: first and last, or none.
        words: of `mlb-ml`; "{bundle}" is the folder of the small archive.
        together: tables that one transaction fills: after a kill all are as before or all as after.
        by_payload: rows come payload by payload, each whole or not at all.
        of_writing: columns that are stamps of writing here, and facts elsewhere.
        done: what it says, with exit code 1, where an earlier run has left nothing to do.
        before: what is done to the database first, so that there is something to write.
    """

    name: str
    assets: tuple[str, ...] = ()
    partitions: tuple[str, str] | tuple[()] = ()
    words: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    by_payload: bool = False
    of_writing: tuple[str, ...] = ()
    done: str = ""
    before: Callable[[psycopg.Connection], None] = field(default=lambda _connection: None)

    def what(self, bundle: Path) -> list[Any]:
        """The request to the forking process."""
        if self.words:
            return ["command", *(word.format(bundle=bundle) for word in self.words)]
        return ["assets", list(self.assets), *(self.partitions or (None, None))]


def _age(connection: psycopg.Connection) -> None:
    """Give housekeeping something to drop: old chatter, old arrivals, a deleted run."""
    connection.execute(
        "UPDATE dagster.event_logs SET timestamp = '2023-01-01' WHERE id % 2 = 0 AND dagster_event_type = 'STEP_OUTPUT'"
    )
    connection.execute("UPDATE staging.quote_arrivals SET arrived_at = '2023-01-01' WHERE length(source_game_id) > 0")
    connection.execute(
        "UPDATE mlflow.runs SET lifecycle_stage = 'deleted', deleted_time = 0"
        " WHERE run_uuid IN (SELECT run_uuid FROM mlflow.tags WHERE value = 'session') AND status = 'FINISHED'"
    )


def _collect(collector: Any) -> Writer:
    keys = (*(f"raw_data/{table}" for table in collector.raw), f"staging/{collector.staging}")
    return Writer(f"collect {' and '.join(collector.sources)}", keys, (TODAY, TODAY), by_payload=True)


def _day(name: str, key: str, *together: tuple[str, ...]) -> Writer:
    return Writer(name, (key,), (TODAY, TODAY), together=together)


HISTORY = Writer(
    "history import",
    words=("history", "import", "{bundle}"),
    together=(_STAGED, (*_GAMES, "curated.market_lines")),
    of_writing=("captured_at", "last_seen_at"),
)

CHAIN = (
    Writer("game_model", ("game_model",), ("2024-04-01", "2024-04-01"), together=(("curated.game_models",),)),
    Writer("champion", ("champion",), together=(("curated.champions",),)),
    Writer(
        "game_model, a second month", ("game_model",), ("2024-05-01", "2024-05-01"),
        together=(("curated.game_models",),),
    ),
    Writer(
        "model promote --force", words=("model", "promote", "--force"), together=(("curated.champions",),),
        # A simulated clock does not move: without this the second promotion would take the place of the first.
        before=lambda connection: connection.execute("UPDATE curated.champions SET since = since - INTERVAL '12 days'"),
    ),
    *(_collect(each) for each in COLLECTIONS),
    _day("enhanced_games", "curated/enhanced_games", _GAMES),
    _day("market_lines", "curated/market_lines", ("curated.market_lines",)),
    _day("ml_feature_vectors", "curated/ml_feature_vectors", ("curated.game_features", "curated.ml_feature_vectors")),
    Writer(
        "ml_predictions", ("curated/ml_predictions",), (PAST[0], TODAY), together=(("curated.ml_predictions",),)
    ),
    Writer(
        "ml_recommendations", ("curated/ml_recommendations",), (PAST[0], TODAY),
        together=(("curated.ml_recommendations", "curated.ml_predictions"),),
    ),
    Writer(
        "ml_model_performance", ("curated/ml_model_performance",), PAST,
        together=(
            ("curated.ml_model_performance", "curated.market_comparison", "curated.settlement_history",
             "curated.ml_recommendations"),
        ),
    ),
    Writer("ml_experiments", ("curated/ml_experiments",), together=(("curated.ml_experiments",),)),
    Writer("housekeeping", ("housekeeping",), before=_age),
    # Month by month: each is recorded once its file is whole. A file is named for its database.
    Writer(
        "archived_months",
        ("curated/archived_months",),
        of_writing=("file", "written_at", "verified_at", "compared_at"),
    ),
    Writer(
        "model rollback", words=("model", "rollback"), together=(("curated.champions",),), done="is the first champion",
        before=lambda connection: connection.execute("UPDATE curated.champions SET since = since - INTERVAL '1 day'"),
    ),
)  # fmt: skip
WRITERS = (HISTORY, *CHAIN)


def tables_of(writer: Writer) -> tuple[str, ...]:
    """The tables whose state after a kill is looked at."""
    return tuple(dict.fromkeys(table for tables in writer.together for table in tables))
