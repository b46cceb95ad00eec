"""Every feature, declared once and in the order in which it is stored.

Belongs here: names, meanings, units, sources, stages.
Does not: formulas (ratings, pitching, batting, lineups, assembly), what is derived from the declarations (registry.py).
"""

from typing import Final

from mlb_ml_assets.features.registry import Feature, columns_of, groups_of, stage_columns

_SCORES = ("games", "results")
_STARTER = ("probables", "starter_lines", "results")
_PEN = ("bullpen_lines", "probables", "starter_lines", "results")
_BATTING = ("team_lines", "results", "starter_lines")
_CARD = ("lineup",)

TEAM_FEATURES: Final = (
    Feature("elo", "Elo rating with margin of victory", "points, mean 1500", _SCORES),
    Feature("offence_60", "runs scored beyond league, park and opponents, 60-day memory", "runs a game", _SCORES),
    Feature("offence_160", "the same, 160-day memory", "runs a game", _SCORES),
    Feature("defence_60", "runs allowed beyond league, park and opponents, 60-day memory; positive is bad",
            "runs a game", _SCORES),
    Feature("defence_160", "the same, 160-day memory", "runs a game", _SCORES),
    Feature("batting_50", "linear weights beyond expectation, 50-day memory", "per plate appearance", _BATTING),
    Feature("batting_160", "the same, 160-day memory", "per plate appearance", _BATTING),
    Feature("batting_400", "the same, 400-day memory", "per plate appearance", _BATTING),
    Feature("batting_versus_hand", "the same against starters of the hand of today's opposing starter",
            "per plate appearance", (*_BATTING, "probables", "people"), "announced"),
    Feature("fielding_babip", "hits allowed per ball in play beyond the league; positive is bad",
            "per ball in play", _BATTING),
    Feature("recent_batting", "mean batting effect of the players of the last five line-ups", "per plate appearance",
            ("lineups", *_BATTING)),
    Feature("recent_fielding", "mean effect of the same players on what the other side bats; positive is bad",
            "per plate appearance", ("lineups", *_BATTING)),
    Feature("recent_slot", "mean usual place in the order of the players of the last five line-ups; lower is better",
            "place 1..9", ("lineups",)),
    Feature("starter_fip_150", "starter's 13 HR + 3 BB - 2 K per batter beyond the league, 150-day memory, times his "
            "expected share of the game; positive is bad", "per batter x share", _STARTER, "announced"),
    Feature("starter_fip_400", "the same, 400-day memory", "per batter x share", _STARTER, "announced"),
    Feature("starter_strikeout_rate", "starter's strikeouts beyond the league", "per batter", _STARTER, "announced"),
    Feature("starter_walk_rate", "starter's walks and hit batters beyond the league", "per batter", _STARTER,
            "announced"),
    Feature("starter_home_run_rate", "starter's home runs beyond the league, park taken out", "per batter", _STARTER,
            "announced"),
    Feature("starter_run_rate", "starter's runs beyond the league, park taken out", "per batter", _STARTER,
            "announced"),
    Feature("starter_ground_share", "starter's ground outs among batted outs, beyond the league", "share", _STARTER,
            "announced"),
    Feature("starter_share", "part of nine innings the starter is expected to go", "share", _STARTER, "announced"),
    Feature("starter_innings", "starter's mean innings, 150-day memory, shrunk", "innings", _STARTER, "announced"),
    Feature("starter_rookie", "1 for a starter never seen, falling with batters faced", "0..1", _STARTER, "announced"),
    Feature("starter_opener", "1 where the last three starts averaged under 2.6 innings", "flag", _STARTER,
            "announced"),
    Feature("starter_rest_days", "days since the starter's last start, at most 30", "days", _STARTER, "announced"),
    Feature("starter_short_rest", "1 for four days of rest or fewer", "flag", _STARTER, "announced"),
    Feature("starter_long_rest", "1 for eight days of rest or more", "flag", _STARTER, "announced"),
    Feature("bullpen_fip_60", "bullpen's fip per inning beyond the league, 60-day memory, times the share it is "
            "expected to pitch; positive is bad", "per inning x share", _PEN),
    Feature("bullpen_fip_250", "the same, 250-day memory", "per inning x share", _PEN),
    Feature("bullpen_runs_60", "bullpen's earned runs per inning beyond the league, 60-day memory, times its share",
            "runs per inning x share", _PEN),
    Feature("bullpen_runs_250", "the same, 250-day memory", "runs per inning x share", _PEN),
    Feature("bullpen_innings_1", "bullpen innings known of yesterday", "innings", ("bullpen_lines",)),
    Feature("bullpen_innings_3", "bullpen innings known of the last three days", "innings", ("bullpen_lines",)),
    Feature("bullpen_innings_7", "bullpen innings known of the last seven days", "innings", ("bullpen_lines",)),
    Feature("lineup_slot", "mean over the nine of each batter's usual place in the order; lower is better",
            "place 1..9", ("lineups",), "card", stages=_CARD),
    Feature("lineup_regulars", "start shares of today's nine less those of the nine most used; 0 is full strength",
            "starters", ("lineups",), "card", stages=_CARD),
    Feature("lineup_batting", "mean batting effect of the nine, learnt from team batting with and without them",
            "per plate appearance", ("lineups", *_BATTING), "card", stages=_CARD),
    Feature("lineup_fielding", "mean effect of the nine on what the other side bats; positive is bad",
            "per plate appearance", ("lineups", *_BATTING), "card", stages=_CARD),
    Feature("lineup_platoon", "share of the nine with the platoon advantage over the opposing starter", "share",
            ("lineups", "probables", "people"), "card", stages=_CARD),
    Feature("rest_days", "days since the last game known, at most five", "days", _SCORES, group="temporal"),
    Feature("travel_miles", "great circle from the last park known", "miles", ("games", "results", "parks"),
            group="temporal"),
    Feature("time_zones_east", "hours the clock went forward since the last park known", "hours",
            ("games", "results", "parks"), group="temporal"),
)  # fmt: skip

GAME_FEATURES: Final = (
    Feature("park_runs", "runs the park adds, both sides", "runs a game", _SCORES, per_side=False),
    Feature("umpire_runs", "runs the plate umpire adds, both sides", "runs a game", ("conditions", "results"), "card",
            stages=_CARD, per_side=False),
    Feature("temperature", "temperature at first pitch against 72 F", "ten degrees F", ("conditions",), "card", 2014,
            _CARD, per_side=False),
    Feature("wind_out", "wind out to (+) or in from (-) the outfield; 0 across and under a roof", "ten miles an hour",
            ("conditions",), "card", 2014, _CARD, per_side=False),
    Feature("roof_closed", "1 under a dome or closed roof", "flag", ("conditions",), "card", 2014, _CARD,
            per_side=False),
    Feature("league_runs", "league mean of runs", "runs per team and nine innings", ("results",), group="derived",
            per_side=False),
    Feature("league_home_wins", "league share of home wins", "share", ("results",), group="derived", per_side=False),
    Feature("season", "season", "year", ("games",), "schedule", group="temporal", per_side=False),
    Feature("season_day", "days since 1 March", "days", ("games",), "schedule", group="temporal", per_side=False),
    Feature("day_game", "1 for a day game", "flag", ("games",), "schedule", group="temporal", per_side=False),
    Feature("neutral_site", "1 at a neutral site: no home advantage", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("postseason", "1 in the postseason", "flag", ("games",), "schedule", group="temporal", per_side=False),
    Feature("second_game", "1 for the second game of a double-header", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("scheduled_innings", "innings scheduled: 9, or 7 in double-headers of 2020-21", "innings", ("games",),
            "schedule", group="temporal", per_side=False),
    Feature("automatic_runner", "1 where extra innings begin with a runner on second", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("designated_hitter", "1 where pitchers do not bat", "flag", ("games",), "schedule", group="temporal",
            per_side=False),
)  # fmt: skip

_MEMORY = ("modeling.market_memory",)
# Passed in by the asset that runs the market memory; NaN where there is no past close yet.
MEMORY_FEATURES: Final = (
    Feature("memory_home_logit", "home win logit expected from past closes of teams and starters", "logit", _MEMORY,
            "close", group="market", per_side=False),
    Feature("memory_home_variance", "variance of that expectation", "logit squared", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_move_logit", "move from open to close expected from past moves of teams and starters", "logit",
            _MEMORY, "close", group="market", per_side=False),
    Feature("memory_total_move", "the same of the total", "runs", _MEMORY, "close", group="market", per_side=False),
    Feature("memory_total", "total expected from past closing totals", "runs", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_total_variance", "variance of that expectation", "runs squared", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_lineup_home_logit", "the same logit with the batters of both line-ups", "logit", _MEMORY, "card",
            stages=_CARD, group="market", per_side=False),
    Feature("memory_lineup_home_variance", "variance of that expectation", "logit squared", _MEMORY, "card",
            stages=_CARD, group="market", per_side=False),
)  # fmt: skip

BASEBALL_FEATURES: Final = (*TEAM_FEATURES, *GAME_FEATURES)
FEATURES: Final = (*BASEBALL_FEATURES, *MEMORY_FEATURES)
FEATURE_COLUMNS: Final = columns_of(FEATURES)
BASEBALL_COLUMNS: Final = columns_of(BASEBALL_FEATURES)
MEMORY_COLUMNS: Final = columns_of(MEMORY_FEATURES)
FEATURE_GROUPS: Final = groups_of(FEATURES)


def paired_features(stage: str) -> tuple[str, ...]:
    """Names that exist for both sides at a stage: `home_<name>` less `away_<name>` is what a side model needs."""
    return tuple(feature.name for feature in TEAM_FEATURES if stage in feature.stages)


def columns_at(stage: str) -> tuple[str, ...]:
    """Columns that can hold a value at a stage."""
    return stage_columns(FEATURES, stage)
