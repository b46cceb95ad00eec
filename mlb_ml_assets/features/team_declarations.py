"""The features that exist for each side of a game, declared once in the order in which they are stored.

Belongs here: names, meanings, units, sources and stages of home_ and away_ columns.
Not here: features of the game itself and everything derived (declarations.py), formulas.
"""

from typing import Final

from mlb_ml_assets.domain.models import LINEUP, OPEN, STAGES
from mlb_ml_assets.features.registry import Feature

_SCORES = ("games", "results")
_STARTER = ("probables", "starter_lines", "results")
_PEN = ("bullpen_lines", "probables", "starter_lines", "results")
_BATTING = ("team_lines", "results", "starter_lines")
_LINEUP = (LINEUP,)
_ALWAYS = STAGES
_BEFORE_LINEUP = (OPEN,)

TEAM_FEATURES: Final = (
    Feature("elo", "Elo rating with margin of victory", "points, mean 1500", _SCORES, win_stages=_ALWAYS),
    Feature(
        "offence_60",
        "runs scored beyond league, park and opponents, 60-day memory",
        "runs a game",
        _SCORES,
        bears_on="own",
    ),
    Feature("offence_160", "the same, 160-day memory", "runs a game", _SCORES, bears_on="own"),
    Feature(
        "defence_60",
        "runs allowed beyond league, park and opponents, 60-day memory; positive is bad",
        "runs a game",
        _SCORES,
        bears_on="opposing",
    ),
    Feature("defence_160", "the same, 160-day memory", "runs a game", _SCORES, bears_on="opposing"),
    Feature(
        "batting_50",
        "linear weights beyond expectation, 50-day memory",
        "per plate appearance",
        _BATTING,
        win_stages=_ALWAYS,
        bears_on="own",
    ),
    Feature(
        "batting_160", "the same, 160-day memory", "per plate appearance", _BATTING, win_stages=_ALWAYS, bears_on="own"
    ),
    Feature(
        "batting_400", "the same, 400-day memory", "per plate appearance", _BATTING, win_stages=_ALWAYS, bears_on="own"
    ),
    Feature(
        "batting_versus_hand",
        "the same against starters of the hand of today's opposing starter",
        "per plate appearance",
        (*_BATTING, "probables", "people"),
        "announced",
        win_stages=_ALWAYS,
        bears_on="own",
    ),
    Feature(
        "fielding_babip",
        "hits allowed per ball in play beyond the league; positive is bad",
        "per ball in play",
        _BATTING,
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "recent_batting",
        "mean batting effect of the players of the last five lineups",
        "per plate appearance",
        ("lineups", *_BATTING),
        win_stages=_BEFORE_LINEUP,
        bears_on="own",
    ),
    Feature(
        "recent_fielding",
        "mean effect of the same players on what the other side bats; positive is bad",
        "per plate appearance",
        ("lineups", *_BATTING),
        win_stages=_BEFORE_LINEUP,
        bears_on="opposing",
    ),
    Feature(
        "recent_slot",
        "mean usual place in the order of the players of the last five lineups; lower is better",
        "place 1..9",
        ("lineups",),
        win_stages=_BEFORE_LINEUP,
        bears_on="own",
    ),
    Feature(
        "starter_fip_150",
        "starter's 13 HR + 3 BB - 2 K per batter beyond the league, 150-day memory, times his "
        "expected share of the game; positive is bad",
        "per batter x share",
        _STARTER,
        "announced",
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "starter_fip_400",
        "the same, 400-day memory",
        "per batter x share",
        _STARTER,
        "announced",
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "starter_strikeout_rate",
        "starter's strikeouts beyond the league",
        "per batter",
        _STARTER,
        "announced",
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "starter_walk_rate",
        "starter's walks and hit batters beyond the league",
        "per batter",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_home_run_rate",
        "starter's home runs beyond the league, park taken out",
        "per batter",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_run_rate",
        "starter's runs beyond the league, park taken out",
        "per batter",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_ground_share",
        "starter's ground outs among batted outs, beyond the league",
        "share",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_share",
        "part of nine innings the starter is expected to go",
        "share",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_innings",
        "starter's mean innings, 150-day memory, shrunk",
        "innings",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_rookie",
        "1 for a starter never seen, falling with batters faced",
        "0..1",
        _STARTER,
        "announced",
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "starter_opener",
        "1 where the last three starts averaged under 2.6 innings",
        "flag",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_rest_days",
        "days since the starter's last start, at most 30; missing where a start since then would not be known",
        "days",
        _STARTER,
        "announced",
        bears_on="opposing",
    ),
    Feature(
        "starter_short_rest", "1 for four days of rest or fewer", "flag", _STARTER, "announced", bears_on="opposing"
    ),
    Feature(
        "starter_long_rest", "1 for eight days of rest or more", "flag", _STARTER, "announced", bears_on="opposing"
    ),
    Feature(
        "bullpen_fip_60",
        "bullpen's fip per inning beyond the league, 60-day memory, times the share it is "
        "expected to pitch; positive is bad",
        "per inning x share",
        _PEN,
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "bullpen_fip_250",
        "the same, 250-day memory",
        "per inning x share",
        _PEN,
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "bullpen_runs_60",
        "bullpen's earned runs per inning beyond the league, 60-day memory, times its share",
        "runs per inning x share",
        _PEN,
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "bullpen_runs_250",
        "the same, 250-day memory",
        "runs per inning x share",
        _PEN,
        win_stages=_ALWAYS,
        bears_on="opposing",
    ),
    Feature(
        "bullpen_innings_1",
        "bullpen innings of yesterday; missing where it is not known",
        "innings",
        ("bullpen_lines",),
        bears_on="opposing",
    ),
    Feature(
        "bullpen_innings_3",
        "bullpen innings of the last three days; missing where a day is not known",
        "innings",
        ("bullpen_lines",),
        bears_on="opposing",
    ),
    Feature(
        "bullpen_innings_7",
        "bullpen innings of the last seven days; missing where a day is not known",
        "innings",
        ("bullpen_lines",),
        bears_on="opposing",
    ),
    Feature(
        "lineup_slot",
        "mean over the nine of each batter's usual place in the order; lower is better",
        "place 1..9",
        ("lineups",),
        "lineup",
        stages=_LINEUP,
        win_stages=_LINEUP,
        bears_on="own",
    ),
    Feature(
        "lineup_regulars",
        "start shares of today's nine less those of the nine most used; 0 is full strength",
        "starters",
        ("lineups",),
        "lineup",
        stages=_LINEUP,
        win_stages=_LINEUP,
        bears_on="own",
    ),
    Feature(
        "lineup_batting",
        "mean batting effect of the nine, estimated from team batting with and without them",
        "per plate appearance",
        ("lineups", *_BATTING),
        "lineup",
        stages=_LINEUP,
        win_stages=_LINEUP,
        bears_on="own",
    ),
    Feature(
        "lineup_fielding",
        "mean effect of the nine on what the other side bats; positive is bad",
        "per plate appearance",
        ("lineups", *_BATTING),
        "lineup",
        stages=_LINEUP,
        win_stages=_LINEUP,
        bears_on="opposing",
    ),
    Feature(
        "lineup_platoon",
        "share of the nine with the platoon advantage over the opposing starter",
        "share",
        ("lineups", "probables", "people"),
        "lineup",
        stages=_LINEUP,
        win_stages=_LINEUP,
        bears_on="own",
    ),
    Feature(
        "rest_days",
        "days since the last game, at most five; missing where the last days are not known",
        "days",
        _SCORES,
        group="temporal",
        bears_on="both",
    ),
    Feature(
        "travel_miles",
        "great circle from the last park known",
        "miles",
        ("games", "results", "parks"),
        group="temporal",
        bears_on="both",
    ),
    Feature(
        "time_zones_east",
        "hours the clock went forward since the last park known",
        "hours",
        ("games", "results", "parks"),
        group="temporal",
        bears_on="both",
    ),
)
