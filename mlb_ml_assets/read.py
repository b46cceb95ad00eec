"""What the database holds, as pandas frames for analysts.

Belongs here: seven functions, one per kind of record, over a range of official dates.
Not here: computing anything (flows/), writing, files (warehouse/table_export.py).

The database is the one that the environment names (`POSTGRES_HOST` ..., else the embedded one), as for every command.
Instants are in UTC; odds are American; stakes and profits are shares of the bankroll; probabilities are 0..1.

Example:
    >>> from datetime import date
    >>> from mlb_ml_assets import read
    >>> bets = read.bets(date(2017, 4, 1), date(2017, 9, 30))
    >>> bets.groupby("market_type")["clv_expected_value"].mean()
"""

from datetime import date, datetime

import pandas as pd

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.archived_quotes import read_archived_metrics
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_features
from mlb_ml_assets.warehouse.month_removal import require_quotes
from mlb_ml_assets.warehouse.month_store import month_store
from mlb_ml_assets.warehouse.queries import read_frame
from mlb_ml_assets.warehouse.quote_months import months_of_games

_INSTANTS = (
    "scheduled_start", "first_pitch", "result_known_at", "updated_at", "captured_at", "prediction_timestamp",
    "market_close_time", "quoted_at", "decided_at", "settled_at",
)  # fmt: skip


class AsOfWithoutZone(ValueError):
    """An as-of time without a time zone."""


def games(first: date, last: date) -> pd.DataFrame:
    """Games with schedule, park, starters and result; one row per game.

    Args:
        first: first official date.
        last: last official date, included.
    """
    return _read("read_games", first, last)


def quotes(first: date, last: date, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Prices of every source; one row per price change of a side at a book. Sides are the game's own.

    Args:
        first: first official date.
        last: last official date, included.
        as_of: only prices that were quoted and captured by then; archive prices carry their assumed time.

    Raises:
        AsOfWithoutZone: `as_of` has no time zone.
        RemovedQuotes: retention has removed some of them from the database.
    """
    until, days = _instant(as_of), {"from_day": first, "to_day": last}
    with connect(ensure_database().dsn, application_name="mlb_ml:read") as connection:
        require_quotes(connection, first, last)
        months = months_of_games(connection, read_frame(connection, "read_games", days)["game_id"].tolist())
        return read_frame(connection, "read_quotes", {**days, "as_of": until, **months}, instants=_INSTANTS)


def movements(first: date, last: date, *, hours_to_start: float = 0.0) -> pd.DataFrame:
    """How each book's price of each side moved until an instant before the start; one row a game, book and side.

    Months that the archive tier has as the database has them are read from it: a season in a tenth of the time.

    Args:
        first: first official date.
        last: last official date, included.
        hours_to_start: the instant, before scheduled first pitch. No later price counts, nor any from first pitch on.

    Returns:
        The columns of `warehouse.quote_metrics.read_quote_metrics`: opening and newest odds and number, changes,
        largest moves (break-even probability, runs), velocities (an hour), whether the price could be bet.

    Raises:
        RemovedQuotes: retention has removed some of the quotes from the database.
        MonthFileDamaged: a file of the tier has other bytes than were written.
    """
    with connect(ensure_database().dsn, application_name="mlb_ml:read") as connection:
        require_quotes(connection, first, last)
        starts = read_frame(connection, "read_starts", {"from_day": first, "to_day": last}, instants=("as_of",))
        requests = starts.assign(as_of=pd.to_datetime(starts["as_of"], utc=True) - pd.Timedelta(hours=hours_to_start))
        return read_archived_metrics(connection, month_store(), requests)


def features(first: date, last: date, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Feature rows of the current version; one row per game, stage and decision. Columns: docs/features.md.

    Args:
        first: first official date.
        last: last official date, included.
        as_of: only decisions up to then.

    Raises:
        AsOfWithoutZone: `as_of` has no time zone.
    """
    until = _instant(as_of)
    with connect(ensure_database().dsn, application_name="mlb_ml:read") as connection:
        frame = read_features(connection, first, last, current_feature_version(connection))
    return frame if until is None else frame[frame["as_of"] <= until].reset_index(drop=True)


def predictions(first: date, last: date, *, as_of: datetime | None = None) -> pd.DataFrame:
    """Stored predictions; one row per game, model, version and decision, with its stage where the model is ours.

    Args:
        first: first official date.
        last: last official date, included.
        as_of: only predictions made by then.

    Raises:
        AsOfWithoutZone: `as_of` has no time zone.
    """
    frame = _read("read_predictions", first, last, as_of=_instant(as_of))
    return frame.assign(stage=frame["model_name"].map(GAME_MODEL.stage_of))


def bets(first: date, last: date, *, as_of: datetime | None = None, staked: bool = True) -> pd.DataFrame:
    """Bets with price, stake, result and closing line value; one row per prediction, market and side.

    The clv_ columns are of the close that clv_reference names, the own_ columns of that of the operator whose price was
    taken.

    Args:
        first: first official date.
        last: last official date, included.
        as_of: only decisions made by then.
        staked: False adds the sides without a stake, with their `no_bet_reason`.

    Raises:
        AsOfWithoutZone: `as_of` has no time zone.
    """
    return _read("read_bets", first, last, as_of=_instant(as_of), staked=staked)


def performance(first: date, last: date) -> pd.DataFrame:
    """Paired scores of forecasters on the same games; one row per model, window, target, pair and score.

    Differences are forecaster minus reference, negative is better; standard errors are clustered by day.

    Args:
        first: windows that begin on this day or later.
        last: windows that begin on this day or earlier.
    """
    return _read("read_performance", first, last)


def _read(query: str, first: date, last: date, **parameters: object) -> pd.DataFrame:
    with connect(ensure_database().dsn, application_name="mlb_ml:read") as connection:
        return read_frame(connection, query, {"from_day": first, "to_day": last, **parameters}, instants=_INSTANTS)


def _instant(as_of: datetime | None) -> datetime | None:
    if as_of is not None and as_of.tzinfo is None:
        raise AsOfWithoutZone(f"as_of is {as_of!r}, without a time zone")
    return as_of
