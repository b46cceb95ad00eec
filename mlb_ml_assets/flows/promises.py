"""What must hold for the rows of a day, and what to do where it does not.

Belongs here: each promise that one query can check: its asset, whether a violation blocks, the remedy in words.
Not here: running the queries (automation/checks.py), statistics over seasons (season_checks.py).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Promise:
    """One promise about the rows of a day.

    Attributes:
        asset: key of the asset that must keep it.
        name: of the check, and of its query: sql/queries/check_<name>.sql, parameters :first and :last (days).
        promise: what holds.
        remedy: what to do where it does not.
        blocking: whether a violation stops what is downstream in the same run, because it would reach a bet.
        runs_with: the job that checks it: `slate` with each pricing of a day, `watch` every hour, `examine` once a day.
    """

    asset: str
    name: str
    promise: str
    remedy: str
    blocking: bool
    runs_with: Literal["slate", "watch", "examine"] = "slate"


PROMISES = (
    Promise(
        "curated/enhanced_games",
        "games_are_unique",
        "each game of the day is stored once: by gamePk, and by teams and game number",
        "Run the statement under `inspect` of each pair: the games of a doubleheader need a game_number each, a game "
        "that was written twice loses its second row by its writer. Other games are priced meanwhile.",
        blocking=False,
    ),
    Promise(
        "curated/enhanced_games",
        "source_games_are_mapped",
        "every game that a source lists is linked to a game",
        "SELECT * FROM curated.unmapped_games: a missing team name goes to identity/teams.py; others map by themselves "
        "when MLB's schedule arrives.",
        blocking=False,
    ),
    Promise(
        "curated/enhanced_games",
        "nothing_is_quarantined",
        "no record of the day is in quarantine",
        "SELECT reason, detail FROM raw_data.quarantine; after a parser fix: mlb-ml ingest SOURCE --retry-quarantine.",
        blocking=False,
    ),
    Promise(
        "curated/market_lines",
        "prices_are_sane",
        "prices of the two sides are consistent, and no price has moved by more than 1.5 logits since the open",
        "In-play prices taken for pre-game prices are the most common cause: compare quoted_at with the first pitch.",
        blocking=True,
    ),
    Promise(
        "curated/market_lines",
        "prices_cover_the_day",
        "every game of the day that starts within 12 hours has a moneyline",
        "Is the odds collector running? SELECT max(arrived_at) FROM staging.quote_arrivals.",
        blocking=False,
    ),
    Promise(
        "curated/ml_feature_vectors",
        "features_were_knowable",
        "no vector's inputs became known after its cutoff, and no cutoff is after the first pitch or the result",
        "A leak: stop betting, find the source whose known_at is wrong (git blame identity/known_at.py).",
        blocking=True,
    ),
    Promise(
        "curated/ml_predictions",
        "predictions_cover_the_day",
        "every game of the day whose cutoff has passed has an open and a lineup prediction",
        "Re-materialize the day from curated/ml_feature_vectors on; if there is no model, materialize game_model.",
        blocking=False,
    ),
    Promise(
        "curated/ml_predictions",
        "predictions_are_in_range",
        "probabilities are within 2..98% and no prediction is stamped after its game's cutoff",
        "Look at the features of the games listed: a model extrapolates, or a source changed its units.",
        blocking=True,
    ),
    Promise(
        "curated/ml_recommendations",
        "stakes_are_within_limits",
        "stakes of a slate stay within the caps, and no stake uses a quote from after its decision",
        "Do not place these bets; look at kelly_steps of the rows listed.",
        blocking=True,
    ),
    Promise(
        "curated/ml_recommendations",
        "stakes_are_still_advised",
        "no stake on a game ahead was withdrawn by a newer decision",
        "A stake listed here is at risk if it was placed: its value and price now are on the slate page, At risk, "
        "and in mlb-ml board. Do not place it now.",
        blocking=False,
    ),
    Promise(
        "curated/ml_predictions",
        "today_is_covered",
        "what is due by now is stored: today's predictions, yesterday's results and settled bets, a schedule",
        "No price: is the odds collector running? No prediction: materialize today from curated/enhanced_games on. No "
        "result: materialize yesterday's sources, then the job score.",
        blocking=False,
        runs_with="watch",
    ),
    Promise(
        "staging/source_games",
        "payloads_keep_their_shape",
        "every payload of the last two days could be read",
        "The source changed: compare the payload kept in raw_data.payload_receipts with its parser in sources/; "
        "after the fix: mlb-ml ingest SOURCE --retry-quarantine.",
        blocking=False,
        runs_with="watch",
    ),
    Promise(
        "curated/ml_model_performance",
        "nobody_beats_the_close",
        "no series scores better than the close by more than three standard errors",
        "Too good is a bug: look for results or in-play prices in the inputs (mlb-ml backtest and its alarms) before "
        "anything is staked on it.",
        blocking=False,
        runs_with="examine",
    ),
    Promise(
        "curated/ml_model_performance",
        "forecasts_are_calibrated",
        "from 500 games of a season on, slope and intercept of calibration are 1 and 0 within three standard errors",
        "Slope below 1: overconfident, stakes are too large; lower kelly_fraction until the next month's model. "
        "Intercept: look at home advantage and at the total's market first.",
        blocking=False,
        runs_with="examine",
    ),
)
