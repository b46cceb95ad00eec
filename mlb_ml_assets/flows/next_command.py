"""The next command on this database: every empty state names one that works here.

Belongs here: which command fills which gap, with its days and seasons.
Not here: what a database holds (warehouse/holdings.py), the sentence around the command (each command and page).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.sources.downloads import WORKBOOK_SEASONS
from mlb_ml_assets.warehouse.holdings import Holdings, read_holdings
from mlb_ml_assets.warehouse.settings import is_demo_home, project_home

# MLB announces probable starters about a week ahead; later days of its schedule change.
_SCHEDULED = timedelta(days=7)
# Month and day between which games that count are played, of all seasons since 2000.
_SEASON_BEGINS, _SEASON_ENDS = (3, 15), (11, 15)
_DEMO = "mlb-ml demo"


@dataclass(frozen=True)
class NextCommands:
    """Commands that work on one database, by what is missing.

    Attributes:
        holdings: what the database holds.
        day: today's official date.
        is_demo: whether it is the demo's, into which nothing real is fetched.
    """

    holdings: Holdings
    day: date
    is_demo: bool = False

    @property
    def overall(self) -> str:
        """The command that brings the database closer to a predicted slate, whatever it lacks."""
        held = self.holdings
        if not held.seasons:
            return _DEMO if self.is_demo else f"mlb-ml history fetch --seasons {default_seasons(self.day)}"
        if held.last_prediction is not None:
            return self.for_board(held.last_prediction)
        if held.has_features and not held.has_models and self._lacks_history:
            return self.for_models
        return self._run(held.seasons[min(held.seasons)][0], self._last_day)

    @property
    def for_models(self) -> str:
        """After months without a model: the season before the first one, because a model learns from prior seasons."""
        if self.is_demo or not self.holdings.seasons or not self._lacks_history:
            return self.overall
        return f"mlb-ml history fetch --seasons {min(self.holdings.seasons) - 1}"

    @property
    def for_champion(self) -> str:
        """Without a champion: the newest model is compared, or one is trained."""
        return f"{self._program} model promote" if self.holdings.has_models else self.overall

    def for_games(self, first: date, last: date) -> str:
        """After days without a game: past seasons are fetched from archives, days around today from MLB.

        A range inside a season that the database holds, a day of the off-season for example, leads to what it can do.
        """
        if self.is_demo or (not self.holdings.seasons and last >= self.day):
            return self.overall
        is_near = self.day - timedelta(days=1) <= first <= self.day + _SCHEDULED
        if self.holdings.seasons and is_near and _SEASON_BEGINS <= (first.month, first.day) <= _SEASON_ENDS:
            return f"mlb-ml ingest mlb_stats_api --date {first}"
        missing = [season for season in range(first.year, self.day.year) if season <= last.year]
        missing = [season for season in missing if season not in self.holdings.seasons]
        return f"mlb-ml history fetch --seasons {_range_of(missing)}" if missing else self.overall

    def for_features(self, first: date, last: date) -> str:
        """After days without features."""
        return self._run(first, last) if self.holdings.has_game_between(first, last) else self.for_games(first, last)

    def for_predictions(self, day: date) -> str:
        """After a day with games and without predictions."""
        return self._run(day, day) if self.holdings.has_models else self.overall

    @property
    def for_scores(self) -> str:
        """After predictions that were never compared with the market."""
        held = self.holdings
        if held.last_prediction is None:
            return self.overall
        return f"{self._run(held.seasons[min(held.seasons)][0], held.last_prediction)} --select score"

    def for_prices(self, first: date, last: date) -> str:
        """After days with games and without a price; without any the blind model predicts all the same."""
        return self.for_odds(first, last) or self.overall

    def for_odds(self, first: date, last: date) -> str:
        """What fetches prices of these days; empty where nothing free has them.

        Live days are ingested. Of past seasons only those of the free workbooks have prices to fetch.
        """
        if not self.holdings.seasons:
            return self.overall
        if self.is_demo:
            return ""
        if last >= self.day:
            return "mlb-ml ingest action_network"
        seasons = [season for season in range(first.year, last.year + 1) if season in WORKBOOK_SEASONS]
        return f"mlb-ml history fetch --seasons {_range_of(seasons)}" if seasons else ""

    @property
    def for_ratings(self) -> str:
        """Where no player is rated: ratings come with the features of days that have box scores."""
        seasons = self.holdings.seasons
        return self._run(seasons[min(seasons)][0], self._last_day) if seasons else self.overall

    @property
    def for_all_odds(self) -> str:
        """`for_odds` of every season that the database holds."""
        seasons = self.holdings.seasons
        return self.for_odds(seasons[min(seasons)][0], self._last_day) if seasons else self.overall

    def for_results(self, day: date) -> str:
        """After days without a settled prediction: the results of `day`, if it is recent enough to lack them."""
        if self.is_demo or self.holdings.last_prediction is None or day < self.day - _SCHEDULED:
            return self.overall
        return f"mlb-ml ingest mlb_stats_api --date {day}"

    def for_board(self, day: date) -> str:
        """After days whose every side has a reason for no bet: the board shows them."""
        return f"{self._program} board --date {day}"

    @property
    def _last_day(self) -> date:
        """Of the seasons that the database holds, up to today."""
        seasons = self.holdings.seasons
        return max(seasons[min(seasons)][0], min(seasons[max(seasons)][1], self.day))

    @property
    def _lacks_history(self) -> bool:
        return self.holdings.finished_before_last_season < ModelConfig().least_training_games

    @property
    def _program(self) -> str:
        return "mlb-ml --demo" if self.is_demo else "mlb-ml"

    def _run(self, first: date, last: date) -> str:
        return f"{self._program} run --from {first} --to {last}"


def read_next_commands(connection: psycopg.Connection[Any]) -> NextCommands:
    """The commands that work on this database now."""
    return NextCommands(read_holdings(connection), today(), is_demo_home(project_home()))


def default_seasons(day: date) -> str:
    """The two seasons before that of `day`: the first to learn from, the second to predict."""
    return f"{day.year - 2}-{day.year - 1}"


def _range_of(seasons: list[int]) -> str:
    return f"{seasons[0]}-{seasons[-1]}" if len(seasons) > 1 else str(seasons[0])
