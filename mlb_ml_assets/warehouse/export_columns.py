"""The history bundle's columns, file by file, in their order.

Belongs here: names.
Not here: what is in them (sources/history_bundle.py), how they are filled (archive_export.py).
"""

from typing import Final

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "games": (
        "game_id", "game_pk", "game_date", "season", "game_type", "home_team", "away_team", "dh_number",
        "home_score", "away_score", "home_starter_id", "home_starter_name", "home_starter_mlbam",
        "away_starter_id", "away_starter_name", "away_starter_mlbam", "park", "day_night", "starttime",
        "innings", "attendance", "duration_min", "suspended", "home_bats_first", "temp", "windspeed",
        "winddir", "sky", "precip", "fieldcond", "ump_hp_id", "ump_hp_name", "home_hits", "away_hits",
        "home_pitchers_used", "away_pitchers_used", "home_line", "away_line", "home_retro", "away_retro",
        "verified",
    ),
    "lineups": (
        "game_id", "game_pk", "game_date", "season", "home_team", "away_team", "dh_number", "home_bat1_id",
        "home_bat2_id", "home_bat3_id", "home_bat4_id", "home_bat5_id", "home_bat6_id", "home_bat7_id",
        "home_bat8_id", "home_bat9_id", "away_bat1_id", "away_bat2_id", "away_bat3_id", "away_bat4_id",
        "away_bat5_id", "away_bat6_id", "away_bat7_id", "away_bat8_id", "away_bat9_id",
    ),
    "people": (
        "retro_id", "bbref_id", "first", "last", "bats", "throws", "birth_year", "birth_month", "birth_day",
        "debut", "mlbam_id",
    ),
    "starter_lines": (
        "game_pk", "date", "home_starter_id", "away_starter_id", "home_starter_name", "away_starter_name",
        "home_starter_team", "away_starter_team", "home_starter_ip", "away_starter_ip", "home_starter_hits",
        "away_starter_hits", "home_starter_runs", "away_starter_runs", "home_starter_earned_runs",
        "away_starter_earned_runs", "home_starter_walks", "away_starter_walks", "home_starter_strikeouts",
        "away_starter_strikeouts", "home_starter_homeruns", "away_starter_homeruns", "home_starter_pitches",
        "away_starter_pitches", "home_starter_strikes", "away_starter_strikes", "home_starter_hit_batters",
        "away_starter_hit_batters", "home_starter_wild_pitches", "away_starter_wild_pitches",
        "home_starter_balks", "away_starter_balks", "home_starter_batters_faced",
        "away_starter_batters_faced", "home_starter_ground_outs", "away_starter_ground_outs",
        "home_starter_air_outs", "away_starter_air_outs", "game_id", "season",
    ),
    "bullpen_lines": (
        "game_pk", "date", "home_bullpen_ip", "home_bullpen_hits", "home_bullpen_earned_runs",
        "home_bullpen_walks", "home_bullpen_strikeouts", "home_bullpen_homeruns", "away_bullpen_ip",
        "away_bullpen_hits", "away_bullpen_earned_runs", "away_bullpen_walks", "away_bullpen_strikeouts",
        "away_bullpen_homeruns", "game_id", "season",
    ),
    "team_lines": (
        "game_pk", "date", "home_team_id", "away_team_id", "home_team_abbreviation", "away_team_abbreviation",
        "home_batting_ab", "away_batting_ab", "home_batting_r", "away_batting_r", "home_batting_h",
        "away_batting_h", "home_batting_2b", "away_batting_2b", "home_batting_3b", "away_batting_3b",
        "home_batting_hr", "away_batting_hr", "home_batting_rbi", "away_batting_rbi", "home_batting_tb",
        "away_batting_tb", "home_batting_bb", "away_batting_bb", "home_batting_so", "away_batting_so",
        "home_batting_sb", "away_batting_sb", "home_pitching_ip", "away_pitching_ip", "home_pitching_h",
        "away_pitching_h", "home_pitching_er", "away_pitching_er", "home_pitching_hr", "away_pitching_hr",
        "home_pitching_bb", "away_pitching_bb", "home_pitching_k", "away_pitching_k", "home_fielding_e",
        "away_fielding_e", "game_id", "season",
    ),
    "odds_open_close": (
        "game_id", "game_pk", "game_date", "season", "game_type", "home_team", "away_team", "dh_number",
        "source", "book", "is_primary", "ml_open_home", "ml_open_away", "ml_close_home", "ml_close_away",
        "ml_open_home_alt", "ml_open_away_alt", "ml_close_home_alt", "ml_close_away_alt", "rl_home",
        "rl_price_home", "rl_away", "rl_price_away", "total_open", "over_open", "under_open", "total_close",
        "over_close", "under_close", "p_open_home", "p_close_home", "p_close_home_consensus",
        "n_close_sources", "home_pitcher", "away_pitcher", "neutral", "swapped", "n_lines", "mins_open",
        "odds_defect", "match",
    ),
    "line_history": (
        "game_id", "game_pk", "game_date", "home_team", "away_team", "dh_number", "source", "book", "kind",
        "ts_utc", "commence_utc", "minutes_to_start", "ml_home", "ml_away", "rl_home", "rl_price_home",
        "rl_price_away", "total", "over", "under", "ml_overround", "defect", "season",
    ),
}  # fmt: skip
