"""The terms of a prediction in a bettor's words.

Belongs here: a short name for each term of `GameModel.explain`.
Not here: meanings of features (features/declarations.py), how much a term adds (modeling/explanation.py).
"""

import re
from typing import Final

from mlb_ml_assets.features.player_constants import RATES

_RATES: Final = {rate: rate.replace("_", " ") for rate in RATES}
# "{}" takes the days or the event that the name of the term ends with.
_WORDS: Final = {
    "market_price": "Today’s price",
    "market_memory": "Past prices and players",
    "memory_home_variance": "Doubt about past prices",
    "memory_total_variance": "Doubt about past prices",
    "memory_move_logit": "How these prices usually move",
    "memory_total_move": "How these totals usually move",
    "baseball_runs": "Baseball alone",
    "constant": "What all games share",
    "elo": "Elo rating",
    "offence": "Runs scored, {} days",
    "defence": "Runs allowed, {} days",
    "batting": "Team batting, {} days",
    "batting_versus_hand": "Team batting against this hand",
    "fielding_babip": "Hits allowed on balls in play",
    "recent_batting": "Bats of the last lineups",
    "recent_fielding": "Gloves of the last lineups",
    "recent_slot": "Regulars in the last lineups",
    "starter_fip": "Starter’s K, BB, HR, {} days",
    "starter_strikeout_rate": "Starter’s strikeout rate",
    "starter_walk_rate": "Starter’s walk rate",
    "starter_home_run_rate": "Starter’s home run rate",
    "starter_run_rate": "Runs against the starter",
    "starter_ground_share": "Starter’s ground outs",
    "starter_ground_balls": "Starter’s ground balls",
    "starter_share": "How long the starter goes",
    "starter_game_share": "Batters the starter will face",
    "starter_innings": "Starter’s usual innings",
    "starter_rookie": "A starter little seen",
    "starter_newness": "A starter with a short record",
    "starter_opener": "An opener starts",
    "starter_rest_days": "Starter’s rest",
    "starter_short_rest": "Starter on short rest",
    "starter_long_rest": "Starter on long rest",
    "starter_value": "Starter’s runs saved",
    "starter_age": "Starter’s age",
    "starter_age_over_32": "Starter past 32",
    "starter_age_under_25": "Starter under 25",
    "starter_rated": "Starter’s {}",
    "starter_recent": "Starter’s recent {}",
    "bullpen_fip": "Bullpen’s K, BB, HR, {} days",
    "bullpen_runs": "Runs against bullpen, {} days",
    "bullpen_innings": "Bullpen innings, last {} days",
    "bullpen_value": "Bullpen’s runs saved",
    "lineup_slot": "Usual slots of the lineup",
    "lineup_regulars": "Regulars in the lineup",
    "lineup_batting": "Bats of today’s lineup",
    "lineup_fielding": "Gloves of today’s lineup",
    "lineup_platoon": "Platoon edge of the lineup",
    "player_runs": "Runs these players should score",
    "nine_value": "Batters’ value",
    "nine_platoon": "Batters’ platoon edge",
    "nine_newness": "Batters with a short record",
    "nine_age": "Batters’ age",
    "nine_age_over_32": "Batters past 32",
    "nine_age_under_25": "Batters under 25",
    "defense_value": "Fielders’ hits saved",
    "catcher_value": "Catcher’s strikeouts and walks",
    "rest_days": "Days of rest",
    "travel_miles": "Miles traveled",
    "time_zones_east": "Time zones crossed",
    "park_runs": "The park",
    "umpire_runs": "Runs under this umpire",
    "umpire_value": "The umpire’s zone",
    "temperature": "Temperature",
    "wind_out": "Wind in or out",
    "roof_closed": "Closed roof",
    "league_runs": "Runs in the league",
    "league_home_wins": "Home wins in the league",
    "season_day": "Day of the season",
    "day_game": "Day game",
    "neutral_site": "Neutral site",
    "designated_hitter": "Designated hitter",
}


def describe_term(term: str) -> str:
    """A term's short name; its own name in plain letters where another model has stored one that we do not know."""
    name = re.sub(r"_(difference|sum)$", "", term)
    if name in _WORDS:
        return _WORDS[name]
    ends = [(str(days.group()), days.group()) for days in [re.search(r"\d+$", name)] if days] + list(_RATES.items())
    for end, words in ends:
        stem = name.removesuffix(f"_{end}")
        if stem != name and stem in _WORDS:
            return _WORDS[stem].format(words)
    return name.replace("_", " ").capitalize()
