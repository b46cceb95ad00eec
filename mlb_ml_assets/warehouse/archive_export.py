"""Export of the history bundle: what is stored of it, in its own files and columns.

Belongs here: staging rows of the history bundle as the bundle's frames, quarantined records included.
Not here: columns that are never imported (attendance, pitches by inning); they are exported empty.
"""

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql
from pyarrow import csv as arrow_csv

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.markets import FIRST_SIDES
from mlb_ml_assets.identity.parks import park_columns
from mlb_ml_assets.sources.bundle_boxscores import SIDES
from mlb_ml_assets.sources.bundle_odds import HISTORY, OPEN_CLOSE
from mlb_ml_assets.sources.history_bundle import BATTING_ORDER, BULLPEN_COUNTS, SOURCE, STARTER_COUNTS, TEAM_COUNTS
from mlb_ml_assets.warehouse.export_columns import COLUMNS
from mlb_ml_assets.warehouse.month_removal import RemovedQuotes, read_removed_months
from mlb_ml_assets.warehouse.queries import read_frame
from mlb_ml_assets.warehouse.sql import query

EXCHANGED = "gamePk perhaps exchanged"


def bundle_frames(connection: psycopg.Connection[Any]) -> dict[str, pd.DataFrame]:
    """The bundle's frames by file name without suffix, in the bundle's columns; without a game only that of games."""
    games = _read(connection, "export_games")
    if games.empty:
        return {"games": games}
    people = _read(connection, "export_people")
    aside = _read(connection, "export_set_aside")
    retro = dict(zip(people["player_id"], people["retrosheet_id"], strict=True))
    frames = {
        "games": _games(games, retro, dict(zip(people["player_id"], people["mlbam_id"], strict=True))),
        "lineups": _lineups(_read(connection, "export_lineups"), games, retro),
        "people": _people(people),
        **_box_scores(connection, games, aside),
        **_odds(_read_quotes(connection), games, aside),
    }
    return {name: _plain(frame.reindex(columns=list(COLUMNS[name]))) for name, frame in frames.items()}


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of one kind each: quarantined records come from JSON, the rest from the database."""
    frame = frame.infer_objects()
    texts = frame.select_dtypes("object").columns
    return frame.astype(dict.fromkeys(texts, "string"))


def _read(connection: psycopg.Connection[Any], name: str) -> pd.DataFrame:
    return read_frame(connection, name, {"source": SOURCE})


def _read_quotes(connection: psycopg.Connection[Any]) -> pd.DataFrame:
    """The 800,000 quotes by COPY: as Python objects they would take a gigabyte."""
    removed = read_removed_months(connection, ["staging.archive_quotes"])
    if removed:
        raise RemovedQuotes(
            f"the archive tier alone has {len(removed)} months of staging.archive_quotes, {removed[0].month:%Y-%m} the "
            "first: a bundle needs them all. Next: mlb-ml archive restore MONTH"
        )
    statement = query("export_quotes").rstrip().removesuffix(";")
    bound = psycopg.ClientCursor(connection).mogrify(statement, {"source": SOURCE})
    sink = BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(sql.SQL(bound))) as copy,
    ):
        for row in copy:
            sink.write(row)
    sink.seek(0)
    flags = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(("assumed", "is_primary"), "bool"), true_values=["t"], false_values=["f"]
    )
    quotes: pd.DataFrame = arrow_csv.read_csv(sink, convert_options=flags).to_pandas()
    return quotes.assign(updated_at=pd.to_datetime(quotes["updated_at"], utc=True))


def _games(games: pd.DataFrame, retro: dict[str, str], mlbam: dict[str, Any]) -> pd.DataFrame:
    zones = park_columns(games["park"])["timezone"]
    wall = [
        "" if pd.isna(instant) else instant.tz_convert(zone).strftime("%-I:%M%p")
        for instant, zone in zip(pd.to_datetime(games["first_pitch"], utc=True), zones, strict=True)
    ]
    dome = games["roof_closed"].map({True: "dome"})
    ids = {
        f"{side}_starter_{kind}": games[f"{side}_starter"].map(names)
        for side in SIDES
        for kind, names in (("id", retro), ("mlbam", mlbam))
    }
    return games.assign(
        starttime=pd.Series(wall, index=games.index).replace("", None),
        dh_number=games["game_number"].where(games["doubleheader"] != "N", 0),
        game_type=games["season_type"].map({"regular": "R", "postseason": "P", "spring": "S"}),
        sky=games["sky"].fillna(dome),
        verified=True,
        **ids,
    )


def _lineups(nines: pd.DataFrame, games: pd.DataFrame, retro: dict[str, str]) -> pd.DataFrame:
    wide = games[["game_id", "game_pk", "game_date", "season", "home_team", "away_team"]].set_index("game_id")
    for side in SIDES:
        found = nines[nines["side"] == side].set_index("game_id")["batters"]
        for n in BATTING_ORDER:
            wide[f"{side}_bat{n}_id"] = found.map(lambda nine, n=n: retro.get(nine[n - 1], nine[n - 1])).reindex(
                wide.index
            )
    return wide.reset_index()


def _people(people: pd.DataFrame) -> pd.DataFrame:
    names = people["full_name"].str.split(" ", n=1, expand=True)
    born = pd.to_datetime(people["birth_date"])
    return people.rename(columns={"retrosheet_id": "retro_id"}).assign(
        first=names[0],
        last=names[1],
        birth_year=born.dt.year,
        birth_month=born.dt.month,
        birth_day=born.dt.day,
    )


def _box_scores(
    connection: psycopg.Connection[Any], games: pd.DataFrame, aside: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Box scores under the ids that the bundle has them under: exchanged pairs are exchanged back."""
    doubted = games.loc[games["status_detail"].fillna("").str.startswith(EXCHANGED), "game_id"]
    back = {game: game[:-1] + ("2" if game.endswith("1") else "1") for game in doubted}
    whole = pd.DataFrame([record for record in aside["record"] if "home_starter_team" in record])
    frames = {}
    for name, counts, pattern in (
        ("starter_lines", STARTER_COUNTS, "{side}_starter_{count}"),
        ("bullpen_lines", BULLPEN_COUNTS, "{side}_bullpen_{count}"),
        ("team_lines", TEAM_COUNTS, "{side}_{count}"),
    ):
        lines = _read(connection, f"export_{name}")
        lines["game_id"] = lines["game_id"].map(back).fillna(lines["game_id"])
        wide = pd.DataFrame(index=pd.Index(lines["game_id"].unique(), name="game_id"))
        for side in SIDES:
            found = lines[lines["side"] == side].set_index("game_id").reindex(wide.index)
            for count, column in counts.items():
                wide[pattern.format(side=side, count=count)] = found[column]
            if name != "team_lines":
                wide[f"{side}_{name.split('_')[0]}_ip"] = found["outs"] / 3
            if name == "starter_lines":
                wide[f"{side}_starter_id"] = pd.to_numeric(found["player_id"], errors="coerce")
        wide["date"] = _played_on(lines, wide.index)
        frame = games[["game_id", "game_pk", "season"]].merge(wide.reset_index(), on="game_id")
        if name == "starter_lines" and len(whole):
            found = whole.rename(columns={"game_date": "date"})
            frame = pd.concat([frame[~frame["game_id"].isin(found["game_id"])], found], ignore_index=True)
        frames[name] = frame
    teams = games.set_index("game_id").reindex(frames["team_lines"]["game_id"])
    for side in SIDES:
        frames["team_lines"][f"{side}_team_abbreviation"] = teams[f"{side}_team"].to_numpy()
    return frames


def _played_on(lines: pd.DataFrame, ids: "pd.Index[Any]") -> "pd.Series[Any]":
    """The day before the morning on which the line was known."""
    known = pd.to_datetime(lines.drop_duplicates("game_id").set_index("game_id")["known_at"], utc=True)
    days = (known.dt.tz_convert(EASTERN.key).dt.normalize() - pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d")
    return days.reindex(ids)


def _odds(quotes: pd.DataFrame, games: pd.DataFrame, aside: pd.DataFrame) -> dict[str, pd.DataFrame]:
    first = quotes["side"].isin(FIRST_SIDES)
    pair = ["game_id", "feed", "book", "quote_kind", "market_type", "updated_at"]
    two = quotes[first].merge(quotes.loc[~first, [*pair, "odds"]], on=pair, suffixes=("", "_second"))
    about = games.set_index("game_id")[["game_pk", "game_date", "season", "home_team", "away_team", "scheduled_start"]]
    held = two["quote_kind"].ne("tick") & two["feed"].ne("oddsportal_grrapport")
    open_close = _open_close(two[held], about)
    history = _history(two[~held], about)
    records = pd.DataFrame(list(aside["record"]))
    if len(records) and "source" in records:
        whole = records[records.get("odds_defect", pd.Series(index=records.index)).notna() | records["kind"].isna()]
        whole = whole[whole["source"].notna()]
        key = pd.MultiIndex.from_frame(whole[["game_id", "source"]])
        kept = open_close[~pd.MultiIndex.from_frame(open_close[["game_id", "source"]]).isin(key)]
        open_close = pd.concat([kept, whole.drop_duplicates(["game_id", "source"])], ignore_index=True)
        history = pd.concat([records[records["kind"].notna()], history], ignore_index=True)
    history["ts_utc"] = history["ts_utc"].astype("string")
    history = history.sort_values(["game_id", "book", "ts_utc"], kind="stable", ignore_index=True)
    open_close["swapped"] = open_close["swapped"].astype("boolean").fillna(value=False)
    return {"odds_open_close": open_close, "line_history": history}


def _open_close(two: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    key = ["game_id", "feed", "book"]
    wide = two.drop_duplicates(key).set_index(key)[["is_primary"]]
    for market, kind, prices, line in OPEN_CLOSE:
        found = two[(two["market_type"] == market) & (two["quote_kind"] == kind)].set_index(key)
        wide[list(prices)] = found[["odds", "odds_second"]].reindex(wide.index).to_numpy()
        if line:
            wide[line] = found["line_value"].astype(float).reindex(wide.index)
    wide["rl_away"] = -wide["rl_home"]
    stamped = (
        two[~two["assumed"].astype(bool) & two["quote_kind"].eq("open")]
        .drop_duplicates(key)
        .set_index(key)["updated_at"]
    )
    flat = (
        wide.join(stamped.rename("opened")).reset_index().rename(columns={"feed": "source"}).join(about, on="game_id")
    )
    start, opened = (pd.to_datetime(flat[name], utc=True) for name in ("scheduled_start", "opened"))
    return flat.assign(mins_open=(start - opened).dt.total_seconds() / 60, swapped=False, odds_defect=None)


def _history(two: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """One row a game, book, kind and stamp, with the markets that have a price there."""
    key = ["game_id", "feed", "book", "quote_kind", "updated_at", "assumed"]
    wide = two[key].drop_duplicates().set_index(key)
    for market, prices, line in HISTORY:
        found = two[two["market_type"] == market].set_index(key)
        wide[list(prices)] = found[["odds", "odds_second"]].reindex(wide.index).to_numpy()
        if line:
            wide[line] = found["line_value"].astype(float).reindex(wide.index)
    flat = wide.reset_index().rename(columns={"feed": "source", "quote_kind": "kind"}).join(about, on="game_id")
    stamps = pd.to_datetime(flat["updated_at"], utc=True).astype("string")
    starts = pd.to_datetime(flat["scheduled_start"], utc=True).astype("string")
    return flat.assign(
        ts_utc=stamps.mask(flat["assumed"].astype(bool)),
        commence_utc=starts.where(flat["kind"].eq("tick")),
        defect=np.nan,
    )
