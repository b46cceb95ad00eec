"""Files beside a history bundle: lines of every batter and pitching appearance, positions, people, conditions.

Belongs here: these files, their columns, and their rows as staging rows without stamps.
Not here: the bundle's games (history_bundle.py), stamps and player ids (warehouse/player_archive.py).
"""

from pathlib import Path

import pandas as pd
from pyarrow import csv as arrow_csv

from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged, missing_columns
from mlb_ml_assets.sources.spec import ArchiveSpec

SOURCE = "history_players"
_LINE_KEYS = ("retro_game_id", "side", "player_id")
BATTER_COUNTS = (
    "plate_appearances", "at_bats", "hits", "doubles", "triples", "home_runs", "walks", "intentional_walks",
    "hit_by_pitch", "strikeouts", "sacrifice_bunts", "sacrifice_flies", "reached_on_error",
)  # fmt: skip
PITCHER_COUNTS = (
    "batters_faced", "outs", "hits", "doubles", "triples", "home_runs", "earned_runs", "walks", "intentional_walks",
    "hit_batters", "strikeouts", "pitches", "ground_balls", "fly_balls", "line_drives", "pop_ups",
)  # fmt: skip
POSITIONS = tuple(f"position_{slot}" for slot in range(1, 10))
# Columns that a file may lack; their values are missing then.
OPTIONAL = frozenset(
    ("slot", "started", "intentional_walks", "hit_by_pitch", "sacrifice_bunts", "sacrifice_flies", "reached_on_error",
     "hit_batters", "pitches", "ground_balls", "fly_balls", "line_drives", "pop_ups")
)  # fmt: skip
COLUMNS: dict[str, tuple[str, ...]] = {
    "people": ("retro_id", "mlbam_id", "bats", "throws", "birth_year", "birth_month", "birth_day"),
    "batter_lines": (*_LINE_KEYS, "slot", "started", *BATTER_COUNTS),
    "pitcher_lines": (*_LINE_KEYS, "appearance", *PITCHER_COUNTS),
    "lineup_positions": ("retro_game_id", "side", *POSITIONS),
    "conditions": ("retro_game_id", "temp", "winddir", "windspeed", "sky", "precip", "umphome"),
}
_TEXTS = (
    "retro_game_id", "game_id", "side", "player_id", "retro_id", "bats", "throws", "temp", "winddir", "windspeed",
    "sky", "precip", "umphome",
)  # fmt: skip
# Degrees Fahrenheit and miles an hour at first pitch: 23 to 109 and 0 to 43 in 46,159 games of 2000-2018.
TEMPERATURE_BOUNDS, WIND_BOUNDS = (0, 130), (0, 80)


def kind_of(path: Path) -> str | None:
    """The table of a file by its name with any suffix, like batter_lines_2018.csv.gz; None for other files."""
    if ".csv" not in path.suffixes:
        return None
    name = path.name.removesuffix(".gz").removesuffix(".csv")
    # people.csv.gz is the bundle's own file.
    return next((kind for kind in COLUMNS if name.startswith(kind) and name != "people"), None)


def read_file(path: Path) -> pd.DataFrame:
    """One CSV of player rows; optional columns that it lacks are missing values.

    Raises:
        ArchiveShapeChanged: not CSV, or a required column is missing.
    """
    kind = kind_of(path)
    assert kind is not None
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(_TEXTS, "string"), strings_can_be_null=True, null_values=[""]
    )
    try:
        frame: pd.DataFrame = arrow_csv.read_csv(path, convert_options=options).to_pandas()
    except (OSError, ValueError) as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error
    missing_columns(frame, [name for name in COLUMNS[kind] if name not in OPTIONAL], path.name)
    return frame.reindex(columns=list(COLUMNS[kind])).rename(columns={"retro_game_id": "source_game_id"})


def parse_people(people: pd.DataFrame) -> pd.DataFrame:
    """Players by Retrosheet id: staging.people without a player_id of ours and without names."""
    born = pd.to_datetime(
        {"year": people["birth_year"], "month": people["birth_month"], "day": people["birth_day"]}, errors="coerce"
    )
    return pd.DataFrame(
        {
            "mlbam_id": people["mlbam_id"].astype("Float64").astype("Int64"),
            "retrosheet_id": people["retro_id"],
            "bats": people["bats"],
            "throws": people["throws"],
            "birth_date": born,
        }
    )


def parse_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Batter or pitcher lines as staging rows with Retrosheet ids; counts are whole numbers."""
    rows = lines.copy()
    for name in rows.columns.intersection([*BATTER_COUNTS, *PITCHER_COUNTS, "slot", "appearance"]):
        rows[name] = rows[name].astype("Float64").astype("Int64")
    if "started" in rows:
        rows["started"] = rows["started"].astype("Float64").astype("boolean")
    return rows


def parse_game_dates(game_ids: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """The dates in Retrosheet's game ids (home club, date, which game of a doubleheader); NaT for ids of other form."""
    days = game_ids.astype("string").str.extract(r"^[A-Z0-9]{3}(\d{8})\d$", expand=False)
    return pd.to_datetime(days, format="%Y%m%d", errors="coerce")


def parse_conditions(conditions: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Observed conditions as staging rows, and how many values were left out because they are no such measure.

    "unknown" and a wind of -1 are missing; a dome says that the roof was closed, any other recorded sky that it was
    open.
    """
    rows = conditions.reset_index(drop=True)
    temperature, hot = _measure(rows["temp"], TEMPERATURE_BOUNDS)
    wind, windy = _measure(rows["windspeed"].mask(rows["windspeed"] == "-1"), WIND_BOUNDS)
    named = {name: rows[name].mask(rows[name] == "unknown") for name in ("winddir", "sky", "precip")}
    parsed = pd.DataFrame(
        {
            "source_game_id": rows["source_game_id"],
            "temperature_fahrenheit": temperature,
            "wind_speed_mph": wind,
            "wind_direction": named["winddir"],
            "sky": named["sky"],
            "precipitation": named["precip"],
            "roof_closed": named["sky"].eq("dome").astype("boolean").mask(named["sky"].isna()),
            "umpire_id": rows["umphome"],
        }
    )
    return parsed, {"temperatures that are none": hot, "wind speeds that are none": windy}


def _measure(values: "pd.Series[str]", bounds: tuple[int, int]) -> tuple["pd.Series[int]", int]:
    numbers = pd.to_numeric(values, errors="coerce").astype("Float64").round()
    usable = numbers.notna() & numbers.between(*bounds)
    return numbers.where(usable).astype("Int64"), int((values.notna() & ~usable).sum())


def parse_positions(positions: pd.DataFrame) -> pd.DataFrame:
    """Fielding positions of the nine as staging rows; sides without all nine are left out."""
    complete = positions[positions[list(POSITIONS)].notna().all(axis=1)]
    numbers = complete[list(POSITIONS)].astype("int64").to_numpy().tolist()
    return complete[["source_game_id", "side"]].assign(positions=pd.Series(numbers, index=complete.index))


SPEC = ArchiveSpec(SOURCE, lambda path: kind_of(path) is not None, "player lines (batter_lines_2018.csv.gz, …)", ())
