"""A small made-up league for the tests of this room, and views of the real bundle.

Belongs here: histories to build features from.
Not here: tests.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from mlb_ml_assets.features.facts import BATTING_ORDER, GameHistory

CLUBS = ("ATL", "BOS", "CHC", "DET")
EASTERN = "America/New_York"


def made_up_history(days: int = 12, seed: int = 7, first: str = "2016-06-01", season_gap: bool = False) -> GameHistory:
    """Every club plays every day; with `season_gap` the second half is played in the next season."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(days):
        date = pd.Timestamp(first) + pd.Timedelta(days=number)
        if season_gap and number >= days // 2:
            date += pd.Timedelta(days=365)
        order = random.permutation(len(CLUBS))
        for home, away in zip(order[0::2], order[1::2], strict=True):
            rows.append((date, CLUBS[home], CLUBS[away]))
    games = pd.DataFrame(rows, columns=["game_date", "home_team", "away_team"])
    count = len(games)
    start = (games.game_date + pd.Timedelta(hours=19)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    games = games.assign(
        game_id=np.arange(101, 101 + count),
        game_pk=np.arange(count),
        season=games.game_date.dt.year,
        season_type="regular",
        game_number=1,
        doubleheader="N",
        start=start,
        start_assumed=False,
        park_id=games.home_team + "01",
        day_night="N",
        neutral_site=False,
        scheduled_innings=9,
    )
    over = after_six(games.game_date)
    before = start - pd.Timedelta(hours=3)
    noon = (games.game_date - pd.Timedelta(hours=12)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")

    def counts(mean: float) -> np.ndarray:
        return random.poisson(mean, count)

    home_score, away_score = counts(4.6), counts(4.3)
    away_score = np.where(home_score == away_score, away_score + 1, away_score)
    results = pd.DataFrame(
        {
            "game_id": games.game_id,
            "known_at": over,
            "home_score": home_score,
            "away_score": away_score,
            "innings": 9,
            "suspended": False,
            "home_bats_first": False,
            "home_line_score": "00000000x",
            "away_line_score": "000000000",
            "home_starter_id": "",
            "away_starter_id": "",
        }
    )
    conditions = pd.DataFrame(
        {
            "game_id": games.game_id,
            "known_at": before,
            "assumed": True,
            "temperature_fahrenheit": 60 + counts(12),
            "wind_speed_mph": counts(8),
            "wind_direction": random.choice(["tocf", "fromlf", "ltor"], count),
            "sky": "sunny",
            "precipitation": "none",
            "roof_closed": False,
            "umpire_id": random.choice(["ump1", "ump2", "ump3"], count),
        }
    )
    sides = {}
    for side, club in (("home", games.home_team), ("away", games.away_team)):
        key = {"game_id": games.game_id, "side": side}
        starter = club + random.integers(1, 4, count).astype(str)
        nine = np.array([random.permutation(11)[:9] for _ in range(count)])
        sides[side] = {
            "probables": pd.DataFrame(key | {"known_at": noon, "player_id": starter}),
            "lineups": pd.DataFrame(
                key
                | {"known_at": before}
                | {slot: club + "b" + pd.Series(nine[:, i].astype(str)) for i, slot in enumerate(BATTING_ORDER)}
            ),
            "starter_lines": pd.DataFrame(
                key
                | {
                    "known_at": over,
                    "player_id": starter,
                    "outs": 9 + counts(8),
                    "batters_faced": 24,
                    "hits": counts(6),
                    "runs": counts(3),
                    "earned_runs": counts(2),
                    "walks": counts(2),
                    "hit_batters": counts(0.2),
                    "strikeouts": counts(5),
                    "home_runs": counts(0.7),
                    "pitches": 95,
                    "ground_outs": counts(6),
                    "air_outs": counts(5),
                }
            ),
            "bullpen_lines": pd.DataFrame(
                key
                | {
                    "known_at": over,
                    "outs": 3 + counts(6),
                    "hits": counts(3),
                    "earned_runs": counts(1),
                    "walks": counts(1),
                    "strikeouts": counts(3),
                    "home_runs": counts(0.3),
                }
            ),
            "team_lines": pd.DataFrame(
                key
                | {
                    "known_at": over,
                    "at_bats": 33,
                    "runs": 4,
                    "hits": 5 + counts(4),
                    "doubles": counts(1.5),
                    "triples": counts(0.2),
                    "home_runs": counts(0.9),
                    "walks": counts(3),
                    "strikeouts": counts(7),
                    "stolen_bases": 0,
                    "errors": 0,
                }
            ),
        }
        rows = [(game, club_b) for game, club_b in zip(games.game_id, club, strict=True)]
        batters = pd.DataFrame(
            [(game, f"{name}b{slot}") for (game, name), order in zip(rows, nine, strict=True) for slot in order],
            columns=["game_id", "player_id"],
        )
        lines = len(batters)
        sides[side]["batter_lines"] = batters.assign(
            side=side, known_at=over.repeat(9).to_numpy(), plate_appearances=4, hits=random.integers(0, 2, lines),
            doubles=0, triples=0, home_runs=0, walks=random.integers(0, 2, lines), intentional_walks=0, hit_by_pitch=0,
            strikeouts=random.integers(0, 2, lines), sacrifice_bunts=0,
        )  # fmt: skip
        relievers = [f"{name}r{number}" for name, number in zip(club, random.integers(1, 4, count), strict=True)]
        pitchers = pd.DataFrame(
            {"game_id": np.repeat(games.game_id, 2), "player_id": np.column_stack([starter, relievers]).ravel()}
        )
        sides[side]["pitcher_lines"] = pitchers.assign(
            side=side, known_at=over.repeat(2).to_numpy(), appearance=np.tile([1, 2], count),
            batters_faced=np.tile([24, 12], count), hits=random.integers(0, 5, 2 * count), doubles=0, triples=0,
            home_runs=random.integers(0, 2, 2 * count), walks=random.integers(0, 3, 2 * count), intentional_walks=0,
            hit_batters=0, strikeouts=random.integers(0, 6, 2 * count), ground_balls=6, fly_balls=4, line_drives=3,
            pop_ups=1,
        )  # fmt: skip
        sides[side]["lineup_positions"] = pd.DataFrame(
            key | {"known_at": before} | {f"position_{slot}": slot + 1 for slot in range(1, 10)}
        )
    joined = {name: pd.concat([sides["home"][name], sides["away"][name]], ignore_index=True) for name in sides["home"]}
    names = sorted(set(joined["probables"].player_id) | {b for slot in BATTING_ORDER for b in joined["lineups"][slot]})
    people = pd.DataFrame(
        {
            "player_id": names,
            "bats": random.choice(["L", "R", "B"], len(names)),
            "throws": random.choice(["L", "R"], len(names)),
            "birth_date": pd.Timestamp("1990-01-01"),
            "debut": pd.Timestamp("2012-04-01"),
        }
    )
    market = pd.DataFrame(
        {
            "game_id": games.game_id,
            "stage": "close",
            "market_type": "moneyline",
            "home_or_over_odds": -110,
            "away_or_under_odds": -110,
            "line_value": np.nan,
            "fair_probability": 0.5,
            "quoted_at": start - pd.Timedelta("1min"),
            "known_at": start - pd.Timedelta("1min"),
            "assumed": True,
            "price_stage": "close",
        }
    )
    parks = pd.DataFrame(
        {
            "park_id": [club + "01" for club in CLUBS],
            "latitude": [33.7, 42.3, 41.9, 42.3],
            "longitude": [-84.4, -71.1, -87.7, -83.0],
            "time_zone": [EASTERN, EASTERN, "America/Chicago", "America/Detroit"],
        }
    )
    return GameHistory(
        games=games,
        results=results,
        conditions=conditions,
        forecasts=forecasts(games, seed),
        people=people,
        market_lines=market,
        parks=parks,
        **joined,
    )


def forecasts(games: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Weather forecast the morning and the evening before and five hours before first pitch, for the later half."""
    random = np.random.default_rng([seed, 1])
    late = games.iloc[len(games) // 2 :]
    issues = [
        pd.DataFrame(
            {
                "game_id": late.game_id,
                "known_at": late.start - pd.Timedelta(hours=hours),
                "temperature_fahrenheit": random.uniform(50, 90, len(late)),
                "wind_out_mph": random.uniform(-15, 15, len(late)),
                "roof_closed": 0.0,
            }
        )
        for hours in (36, 24, 5)
    ]
    return pd.concat(issues, ignore_index=True)


def after_six(dates: pd.Series) -> pd.Series:
    """06:00 Eastern the day after."""
    return (dates + pd.Timedelta(days=1, hours=6)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")


def both_stages(history: GameHistory) -> pd.DataFrame:
    """Requests of every game: open at noon Eastern the day before, lineup an hour before first pitch."""
    games = history.games
    noon = (games.game_date - pd.Timedelta(hours=12)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    return pd.concat(
        [
            pd.DataFrame({"game_id": games.game_id, "stage": "open", "as_of": noon}),
            pd.DataFrame({"game_id": games.game_id, "stage": "lineup", "as_of": games.start - pd.Timedelta(hours=1)}),
        ],
        ignore_index=True,
    )


def with_frame(history: GameHistory, name: str, frame: pd.DataFrame) -> GameHistory:
    """The same history with one frame exchanged."""
    return replace(history, **{name: frame})
