"""Upkeep of an installation: how long logs are kept, and one pass over them.

Belongs here: the retention periods and the order of a pass.
Not here: the statements (warehouse/upkeep.py), MLflow's runs (registry/experiments.py), ticks (dagster.yaml).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import month_of

if TYPE_CHECKING:
    import psycopg

    from mlb_ml_assets.warehouse.quote_months import MonthsGiven
    from mlb_ml_assets.warehouse.upkeep import TableSize

# Long enough to look into a run of the last homestand, short enough for 50 runs a day.
KEPT_EVENTS = timedelta(days=60)
# Quotes that the sensor did not read within a month are priced by `mlb-ml run`, not by it.
KEPT_ARRIVALS = timedelta(days=30)
KEPT_MLFLOW = timedelta(days=90)
# A payload recorded elsewhere may arrive weeks late and still finds the prices it lies between. Each Monday passes
# over the five weeks before that, so that a month without upkeep is made up for.
KEPT_OBSERVATIONS = timedelta(days=30)
_COMPACTED = timedelta(weeks=5)
# Rows of a month without a partition are stored all the same; the next pass moves them.
_MONTHS_AHEAD = 3


@dataclass(frozen=True)
class UpkeepReport:
    """What one pass dropped and vacuumed, and the sizes of all tables after it, largest first."""

    events_dropped: int
    arrivals_dropped: int
    prices_dropped: int
    months: "MonthsGiven"
    tables_vacuumed: list[str]
    sizes: "list[TableSize]"
    mlflow_collected: bool

    def megabytes(self, table: str | None = None) -> float:
        """Size with indexes of one table by its full name, or of the database; 0 for a table that does not exist."""
        return round(sum(size.megabytes for size in self.sizes if table in (None, size.name)), 1)


def run_upkeep(connection: "psycopg.Connection[Any]") -> UpkeepReport:
    """Drop old events, arrivals and repeated prices, give months of quotes their partitions, vacuum, measure.

    Then collect MLflow's deleted runs.

    Args:
        connection: in autocommit mode, because VACUUM runs outside transactions.
    """
    from mlb_ml_assets.registry.experiments import drop_deleted_runs
    from mlb_ml_assets.registry.tracking import use_tracking_store
    from mlb_ml_assets.warehouse import upkeep as tables
    from mlb_ml_assets.warehouse.live_quotes import compact_observations
    from mlb_ml_assets.warehouse.odds_evidence import mark_listed_odds

    now = present()
    old = (now - KEPT_OBSERVATIONS).date()
    events = tables.drop_old_events(connection, now - KEPT_EVENTS)
    arrivals = tables.drop_old_arrivals(connection, now - KEPT_ARRIVALS)
    compacted = compact_observations(connection, old - _COMPACTED, old)
    months = _give_months(connection, now.date())
    mark_listed_odds(connection)
    vacuumed = tables.vacuum(connection)
    sizes = tables.table_sizes(connection)
    use_tracking_store()
    return UpkeepReport(events, arrivals, compacted, months, vacuumed, sizes, drop_deleted_runs(KEPT_MLFLOW))


def _give_months(connection: "psycopg.Connection[Any]", today: date) -> "MonthsGiven":
    """Partitions for the months that have rows in the rest, and for this one and the next."""
    from mlb_ml_assets.warehouse.quote_months import MonthsGiven, give_months, read_months_of_rest

    ahead = {today}
    for _ in range(_MONTHS_AHEAD):
        ahead.add(month_of(max(ahead)).last + timedelta(days=1))
    rest = read_months_of_rest(connection)
    return sum((give_months(connection, table, months | ahead) for table, months in rest.items()), MonthsGiven())
