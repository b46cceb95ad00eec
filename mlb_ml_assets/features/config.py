"""The constants of the features: every decay, prior and weight, with its source.

Belongs here: numbers, in frozen typed groups, and the feature version that identifies them.
Not here: formulas (each in the module that uses it).

Time constants are in days: a sum is multiplied by exp(-days / constant). Priors are pseudo-counts in the unit of the
rate they shrink. "Study" is the walk-forward study of 2009-2018 that the recipe was measured in; values without another
note were set there before scoring and not tuned.
"""

from dataclasses import dataclass, field

from mlb_ml_assets.features.player_constants import PlayerRatingConstants


@dataclass(frozen=True)
class EloConstants:
    """FiveThirtyEight's published MLB rating with margin; closed forms measured on their files."""

    mean: float = 1500.0
    home_advantage: float = 24.0
    # Effective change at equal teams is 1.56 (m + 1.21)^.722; twice that, because win - p is a half there.
    change: float = 2 * 1.56
    margin_offset: float = 1.21
    margin_power: float = 0.722
    favorite_scale: float = 1130.0
    season_retention: float = 0.62


@dataclass(frozen=True)
class RunConstants:
    """Additive run ratings of offense and defense, of parks, and of plate umpires (runs per game)."""

    time_constants: tuple[float, float] = (60.0, 160.0)
    prior_games: tuple[float, float] = (35.0, 60.0)
    season_retention: float = 0.5
    home_edge: float = 0.015  # share of the league mean
    park_time_constant: float = 900.0
    park_prior_games: float = 120.0
    umpire_time_constant: float = 1200.0
    umpire_prior_games: float = 150.0


@dataclass(frozen=True)
class LeagueConstants:
    """League means; the starting values are MLB 2005-2008 (public record), worth a fortnight of games in April 2009."""

    time_constant: float = 200.0
    start_games: float = 400.0  # team games that the starting values weigh
    runs: float = 4.7
    weighted_on_base: float = 0.325  # linear weights per (AB + BB)
    balls_in_play: float = 0.300
    strikeouts_per_batter: float = 0.172
    walks_per_batter: float = 0.091  # with hit batters
    home_runs_per_batter: float = 0.027
    runs_per_batter: float = 0.122
    ground_share: float = 0.52
    bullpen_strikeouts: float = 0.87  # per inning
    bullpen_walks: float = 0.41
    bullpen_home_runs: float = 0.105
    bullpen_earned_runs: float = 0.46
    home_win_share: float = 0.54


@dataclass(frozen=True)
class StarterConstants:
    """Starting pitchers, per batter faced."""

    time_constants: tuple[float, float] = (150.0, 400.0)
    prior_strikeouts: float = 60.0
    prior_walks: float = 120.0
    prior_home_runs: float = 350.0
    prior_runs: float = 300.0
    prior_ground_share: float = 80.0
    prior_starts: float = 3.0
    mean_innings: float = 5.8
    share_bounds: tuple[float, float] = (0.25, 0.78)
    park_scale: float = 0.03  # home runs and runs are multiplied by 1 - .03 x park runs
    rookie_batters: float = 150.0
    opener_innings: float = 2.6
    short_rest_days: int = 4
    long_rest_days: int = 8


@dataclass(frozen=True)
class BullpenConstants:
    """Bullpens, per inning."""

    time_constants: tuple[float, float] = (60.0, 250.0)
    prior_innings: tuple[float, float] = (60.0, 150.0)
    season_retention: float = 0.6


@dataclass(frozen=True)
class BattingConstants:
    """Team batting by linear weights per plate appearance (AB + BB), and fielding on balls in play."""

    time_constants: tuple[float, float, float] = (50.0, 160.0, 400.0)
    prior_appearances: tuple[float, float, float] = (700.0, 1500.0, 2500.0)
    hand_time_constant: float = 300.0
    hand_prior: float = 3000.0
    walk: float = 0.69
    single: float = 0.88
    double: float = 1.25
    triple: float = 1.59
    home_run: float = 2.05
    per_opponent_fip: float = 0.10
    # One run a game is 1/38 of a run per plate appearance, and the weights count 1.2 per run.
    per_park_run: float = 1.2 / 38
    fielding_time_constant: float = 300.0
    fielding_prior: float = 1500.0


@dataclass(frozen=True)
class LineupConstants:
    """Lineups: the place in the batting order reflects how good a batter is."""

    time_constant: float = 300.0
    prior_starts: float = 20.0
    prior_slot: float = 6.3
    recent_games: int = 30


@dataclass(frozen=True)
class PlayerConstants:
    """Effects of players on team batting per plate appearance (linear weights).

    Spreads are a third of what a batter's own line varies by (.033); drift and retention were chosen on 2013-18, where
    the values around them differ by less than .0001 nats.
    """

    new_batting: float = -0.01  # debutants bat below the league
    new_fielding: float = 0.0
    spread: float = 0.025
    noise: float = 0.085  # of a team's game: .089 observed, less what the lineup explains
    daily_drift: float = 5e-7  # variance a day
    season_retention: float = 0.95
    season_drift: float = 0.006
    recent_lineups: int = 5


@dataclass(frozen=True)
class FeatureConfig:
    """All constants; equal configurations and equal facts give equal features."""

    elo: EloConstants = field(default_factory=EloConstants)
    runs: RunConstants = field(default_factory=RunConstants)
    league: LeagueConstants = field(default_factory=LeagueConstants)
    starter: StarterConstants = field(default_factory=StarterConstants)
    bullpen: BullpenConstants = field(default_factory=BullpenConstants)
    batting: BattingConstants = field(default_factory=BattingConstants)
    lineup: LineupConstants = field(default_factory=LineupConstants)
    player: PlayerConstants = field(default_factory=PlayerConstants)
    players: PlayerRatingConstants = field(default_factory=PlayerRatingConstants)
    most_rest_days: int = 5
    bullpen_windows: tuple[int, int, int] = (1, 3, 7)


DEFAULT_CONFIG = FeatureConfig()
