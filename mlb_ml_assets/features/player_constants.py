"""Constants of the player ratings: memories, priors, platoon and role offsets, run values.

Belongs here: numbers with their source.
Not here: formulas (player_ratings.py, player_matchups.py).

Decays and priors were tuned on the lines of 2003-2009, before any season that is scored.
"""

from dataclasses import dataclass
from typing import Final

# Per plate appearance, per plate appearance, per plate appearance, per contact (no strikeout, walk or hit batter), and
# per ball in play (contact without home runs), in this order everywhere.
RATES: Final = ("strikeouts", "walks", "hit_batters", "home_runs", "singles", "extra_bases")
# Which opportunity each rate is per: plate appearances, contacts, balls in play.
OPPORTUNITIES: Final = ("appearances", "contacts", "balls_in_play")
OPPORTUNITY_OF_RATE: Final = (0, 0, 0, 1, 2, 2)
MEMORIES: Final = ("main", "fast", "slow")
# Batters who bat right, left and both, and pitchers at bat.
BATTER_TYPES: Final = 4
RIGHT, LEFT = 0, 1
STARTER, RELIEVER = 0, 1

SixRates = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class RateMemory:
    """Time constants in days and prior opportunities of each rate, one row per memory."""

    time_constants: tuple[SixRates, SixRates, SixRates]
    priors: tuple[SixRates, SixRates, SixRates]


@dataclass(frozen=True)
class PlayerRatingConstants:
    """All constants of the player ratings. Time constants are in days, priors in opportunities."""

    batter: RateMemory = RateMemory(
        time_constants=(
            (600, 600, 1000, 600, 1800, 1800),
            (150, 150, 300, 150, 250, 250),
            (2000, 2000, 2500, 2000, 3000, 3000),
        ),
        priors=((42, 85, 150, 70, 500, 550), (60, 100, 250, 110, 500, 700), (60, 120, 250, 110, 700, 700)),
    )
    pitcher: RateMemory = RateMemory(
        time_constants=(
            (320, 700, 1500, 1500, 1800, 700),
            (90, 150, 400, 300, 300, 250),
            (1200, 1500, 2500, 2500, 3000, 2500),
        ),
        priors=((45, 130, 700, 700, 1100, 1200), (60, 150, 700, 700, 1000, 1000), (70, 200, 900, 900, 1600, 1600)),
    )
    # A player's prior is the mean residual of newcomers, which fades as exp(-career / fade).
    batter_newcomer_appearances: float = 300.0
    pitcher_newcomer_batters: float = 250.0
    batter_prior_fade: float = 500.0
    pitcher_prior_fade: float = 400.0
    newcomer_time_constant: float = 1500.0
    newcomer_min_opportunities: float = 2000.0
    league_time_constant: float = 300.0
    league_start_opportunities: float = 20_000.0
    park_time_constant: float = 1200.0
    park_prior: float = 2500.0
    catcher_time_constant: float = 800.0
    catcher_prior: float = 2500.0
    umpire_time_constant: float = 1200.0
    umpire_prior: float = 3000.0
    defense_time_constant: float = 300.0
    defense_prior: float = 1500.0
    defense_share: float = 0.55
    ground_ball_time_constant: float = 800.0
    ground_ball_prior: float = 80.0
    mean_ground_ball_share: float = 0.45
    starts_time_constant: float = 150.0
    prior_starts: float = 3.0
    prior_start_batters: float = 23.5
    start_batters_bounds: tuple[float, float] = (10.0, 28.0)
    relief_time_constant: float = 15.0
    relief_days: int = 12
    # Open stage: weight of the last three lineups; the rest on the last six against the same hand.
    recent_lineups: int = 3
    same_hand_lineups: int = 6
    active_lineups: int = 5
    recent_weight: float = 0.4
    kept_lineups: int = 25


# Plate appearances by slot of the batting order.
SLOT_APPEARANCES: Final = (4.65, 4.55, 4.45, 4.35, 4.25, 4.13, 4.00, 3.87, 3.75)
GAME_BATTERS: Final = 38.2
GAME_BALLS_IN_PLAY: Final = 27.0
# Run values of events, in runs against the average plate appearance.
RUN_VALUES: Final[SixRates] = (-0.28, 0.32, 0.34, 1.41, 0.47, 0.80)
OUT_VALUE: Final = -0.265

# League rates of 2000-2008 without pitchers at bat, the start of the league state.
LEAGUE_RATES: Final[SixRates] = (0.1657, 0.0818, 0.0098, 0.0391, 0.2238, 0.0759)
# Offsets from the league by batter type (right, left, both, pitcher), pitcher's hand (right, left) and role (starter,
# reliever), from the lines of 2000-2008: platoon effects by the opposing starter, role effects from pitcher lines.
MATCHUP_OFFSETS: Final[tuple[SixRates, ...]] = (
    (-0.0067, -0.0144, 0.0027, 0.0014, -0.0013, -0.0003),
    (0.0283, -0.0086, 0.0034, -0.0026, -0.0006, -0.0071),
    (-0.0209, 0.0023, -0.0025, 0.0041, -0.0005, 0.0050),
    (0.0206, 0.0143, -0.0005, 0.0001, -0.0012, -0.0001),
    (-0.0162, 0.0089, -0.0028, 0.0058, -0.0019, 0.0067),
    (0.0188, 0.0147, -0.0021, 0.0019, -0.0011, -0.0001),
    (0.0080, -0.0006, 0.0039, -0.0018, 0.0058, -0.0034),
    (0.0495, 0.0115, 0.0059, -0.0059, 0.0051, -0.0085),
    (-0.0199, 0.0053, -0.0033, -0.0066, 0.0024, 0.0009),
    (0.0150, 0.0111, -0.0026, -0.0105, 0.0032, -0.0059),
    (-0.0260, -0.0036, -0.0046, -0.0086, 0.0056, 0.0004),
    (0.0155, 0.0085, -0.0025, -0.0126, 0.0049, -0.0047),
    (0.1939, -0.0454, -0.0068, -0.0309, -0.0416, -0.0356),
    (0.1939, -0.0454, -0.0068, -0.0309, -0.0416, -0.0356),
    (0.1939, -0.0454, -0.0068, -0.0309, -0.0416, -0.0356),
    (0.1939, -0.0454, -0.0068, -0.0309, -0.0416, -0.0356),
)
# Share of batters by type that an average pitcher faces, to value a pitcher without naming his opponents.
AVERAGE_BATTERS: Final = (0.56, 0.31, 0.13, 0.0)
# Share of plate appearances against right-handed relievers.
RIGHT_HANDED_RELIEF: Final = 0.73
