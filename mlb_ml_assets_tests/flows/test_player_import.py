"""Player lines beside the games of a bundle, and as corrected live.

Belongs here: stamps, player ids, rows left out, revisions.
Not here: parsing (sources/test_player_lines.py).
"""

import gzip
from datetime import UTC, date, datetime, timedelta

import pytest

from mlb_ml_assets.flows.feature_state import read_start
from mlb_ml_assets.flows.history_import import export_history, import_history
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.sources.game_rows import BatterLine
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.live_facts import facts_of, write_facts

BATTERS = (
    "retro_game_id,side,player_id,slot,started,plate_appearances,at_bats,hits,doubles,triples,home_runs,walks,"
    "intentional_walks,hit_by_pitch,strikeouts,sacrifice_bunts,sacrifice_flies,reached_on_error\n"
)
PITCHERS = (
    "retro_game_id,side,player_id,appearance,batters_faced,outs,hits,doubles,triples,home_runs,earned_runs,walks,"
    "strikeouts\n"
)
TABLES = ("batter_lines", "pitcher_lines", "lineup_positions")


@pytest.fixture
def imported(database, tmp_path):
    """A small made-up bundle, and its first game with the lineup of its home side."""
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 8), season_days=20)
    write_bundle(simulate_league(config), tmp_path / "bundle", before=config.today, ticks_from=config.today)
    with database.connect() as connection:
        import_history(connection, [tmp_path / "bundle"])
        game, batters, known_at = connection.execute(
            "SELECT l.source_game_id, l.batters, r.known_at FROM staging.lineups AS l "
            "JOIN staging.game_results AS r USING (source, source_game_id) WHERE l.side = 'home' ORDER BY 1 LIMIT 1"
        ).fetchone()
        yield connection, game, batters, known_at


def _write(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def test_lines_are_known_with_their_game_s_result(imported, tmp_path):
    """Lines stamped by the import's clock would never enter a decision of the past."""
    connection, game, batters, known_at = imported
    retro = dict(connection.execute("SELECT player_id, retrosheet_id FROM staging.people").fetchall())
    rows = "".join(
        f"{game},home,{retro[batter]},{slot},1,4,4,1,0,0,0,0,0,0,1,0,0,0\n" for slot, batter in enumerate(batters, 1)
    )
    unknown = "BOS202404010,home,old0001,1,1,4,4,1,0,0,0,0,0,0,1,0,0,0\n"
    _write(tmp_path / "players", "batter_lines_2023.csv", BATTERS + rows + unknown)
    report = import_history(connection, [tmp_path / "players"])
    assert report.rejected == {"history_players: player rows without a game of the archive": 1}
    stored = connection.execute(
        "SELECT player_id, known_at, assumed FROM staging.batter_lines ORDER BY slot"
    ).fetchall()
    assert stored == [(batter, known_at, True) for batter in batters]
    again = import_history(connection, [tmp_path / "players"])
    assert again.unchanged == {"history_players": 9}


def test_lines_of_earlier_seasons_rate_players_before_the_first_game(imported, tmp_path):
    """Set aside, they would let every veteran begin the first season as a debutant."""
    connection, _, batters, _ = imported
    retro = dict(connection.execute("SELECT player_id, retrosheet_id FROM staging.people").fetchall())
    home = connection.execute("SELECT home_team FROM curated.resolved_games ORDER BY game_date LIMIT 1").fetchone()[0]
    earlier = f"{home}202304090"
    nine = "".join(
        f"{earlier},home,{retro[batter]},{slot},1,4,4,1,0,0,0,0,0,0,{slot % 4},0,0,0\n"
        for slot, batter in enumerate(batters, 1)
    )
    _write(tmp_path / "players", "batter_lines_2023.csv", BATTERS + nine)
    _write(tmp_path / "players", "pitcher_lines_2023.csv", f"{PITCHERS}{earlier},away,old0001,1,36,24,9,1,0,0,3,0,9\n")
    _write(
        tmp_path / "players", "lineup_positions_2023.csv",
        "retro_game_id,side," + ",".join(f"position_{n}" for n in range(1, 10))
        + f"\n{earlier},home,2,3,4,5,6,7,8,9,10\n",
    )  # fmt: skip
    report = import_history(connection, [tmp_path / "players"])
    assert not report.rejected
    known = connection.execute("SELECT DISTINCT known_at FROM staging.batter_lines").fetchall()
    assert known == [(datetime(2023, 4, 10, 10, tzinfo=UTC),)]
    first = connection.execute("SELECT min(game_date) FROM curated.resolved_games").fetchone()[0]
    state = read_start(connection, first, first, current_feature_version(connection)).sweep
    assert state.day == (date(2023, 4, 9) - date(1970, 1, 1)).days
    places = [state.index["player"][batter] for batter in batters]
    assert state.arrays["career_appearances"][places].tolist() == [4.0] * 9
    # The lineup and its catcher are the club's last ones; clubs themselves have no result.
    club = state.index["team"][home]
    assert state.arrays["nines"][club, 0].tolist() == places
    assert state.arrays["nine_catchers"][club, 0] == places[0]
    assert not state.sums["team_runs"].values.any()
    export_history(connection, tmp_path / "out")
    exported = gzip.decompress((tmp_path / "out" / "batter_lines.csv.gz").read_bytes()).decode()
    assert sum(earlier in line for line in exported.splitlines()) == 9


def test_people_are_added_and_known_ones_kept(imported, tmp_path):
    """A catalog without names must not blank the names that the bundle has."""
    connection, *_ = imported
    known = connection.execute(
        "SELECT retrosheet_id, full_name FROM staging.people WHERE full_name IS NOT NULL"
    ).fetchone()
    _write(
        tmp_path / "players", "people_1999.csv",
        "retro_id,mlbam_id,bats,throws,birth_year,birth_month,birth_day\n"
        f"{known[0]},999001,L,L,1970,1,1\nold0001,999002,B,R,1960,2,3\n",
    )  # fmt: skip
    import_history(connection, [tmp_path / "players"])
    people = dict(connection.execute("SELECT retrosheet_id, full_name FROM staging.people").fetchall())
    assert people[known[0]] == known[1]
    assert connection.execute(
        "SELECT player_id, bats, birth_date::TEXT FROM staging.people WHERE retrosheet_id = 'old0001'"
    ).fetchone() == ("999002", "B", "1960-02-03")


def test_an_export_writes_player_rows_back(imported, tmp_path):
    """A backup without the lines would rate every player as a debutant."""
    connection, game, batters, _ = imported
    retro = dict(connection.execute("SELECT player_id, retrosheet_id FROM staging.people").fetchall())
    _write(
        tmp_path / "players", "batter_lines.csv", f"{BATTERS}{game},home,{retro[batters[0]]},1,1,4,4,1,0,0,0,0,,,1,,,\n"
    )
    _write(
        tmp_path / "players", "lineup_positions.csv",
        "retro_game_id,side," + ",".join(f"position_{n}" for n in range(1, 10)) + f"\n{game},home,2,3,4,5,6,7,8,9,10\n",
    )  # fmt: skip
    import_history(connection, [tmp_path / "players"])
    before = [connection.execute(f"TABLE staging.{table}").fetchall() for table in TABLES]
    export_history(connection, tmp_path / "out")
    for table in TABLES:
        connection.execute(f"DELETE FROM staging.{table}")
    import_history(connection, [tmp_path / "out"])
    assert [connection.execute(f"TABLE staging.{table}").fetchall() for table in TABLES] == before


def test_conditions_fill_what_the_bundle_lacks_and_outlast_its_next_import(imported, tmp_path):
    """The bundle has no weather before 2014; blanked by the next import, the features would lose it unnoticed."""
    connection, game, *_ = imported
    recorded = connection.execute(
        "SELECT source_game_id, temperature_fahrenheit FROM staging.game_conditions WHERE source_game_id <> %s", (game,)
    ).fetchone()
    connection.execute(
        "UPDATE staging.game_conditions SET temperature_fahrenheit = NULL, wind_speed_mph = NULL, sky = NULL, "
        "wind_direction = NULL, roof_closed = NULL WHERE source_game_id = %s",
        (game,),
    )
    header = "retro_game_id,game_id,season,starttime,daynight,temp,winddir,windspeed,sky,precip,umphome,usedh\n"
    _write(
        tmp_path / "players", "conditions_2024.csv",
        f"{header}{game},{game},2024,7:05PM,night,61,tocf,12,cloudy,unknown,relic901,true\n"
        f"{recorded[0]},{recorded[0]},2024,7:05PM,night,-40,unknown,-1,unknown,unknown,relic901,true\n"
        "BOS202404010,,2024,7:05PM,night,61,tocf,12,cloudy,unknown,relic901,true\n",
    )  # fmt: skip
    report = import_history(connection, [tmp_path / "players"])
    assert report.rejected == {
        "history_players: player rows without a game of the archive": 1,
        "history_players: temperatures that are none": 1,
    }
    statement = (
        "SELECT temperature_fahrenheit, wind_speed_mph, wind_direction, sky, roof_closed FROM staging.game_conditions "
        "WHERE source_game_id = %s"
    )
    filled = (61, 12, "tocf", "cloudy", False)
    assert connection.execute(statement, (game,)).fetchone() == filled
    assert connection.execute(statement, (recorded[0],)).fetchone()[0] == recorded[1]
    games = tmp_path / "bundle" / "games.csv.gz"
    text = gzip.decompress(games.read_bytes()).decode().splitlines()
    columns = text[0].split(",")
    rows = [line.split(",") for line in text[1:]]
    for row in rows:
        row[columns.index("temp")] = ""
    games.write_bytes(gzip.compress("\n".join([text[0], *map(",".join, rows), ""]).encode()))
    import_history(connection, [tmp_path / "bundle"])
    assert connection.execute(statement, (game,)).fetchone()[0] == 61
    export_history(connection, tmp_path / "out")
    exported = gzip.decompress((tmp_path / "out" / "conditions.csv.gz").read_bytes()).decode()
    assert any(game in line and ",61," in line for line in exported.splitlines())


def _line(player, hits, known_at):
    return BatterLine("718322", "home", known_at, player, 1, True, 4, 4, hits, 0, 0, 0, 0, 0, 0, 1, 0, 0)


def test_a_correction_adds_a_version_and_the_order_of_payloads_does_not_matter(database):
    """A decision before a scorer's correction must go on seeing the lines as they were."""
    first = datetime(2023, 5, 4, 10, tzinfo=UTC)
    later = first + timedelta(hours=6)
    original = [_line("2", 1, first), _line("1", 2, first)]
    corrected = [_line("1", 1, later), _line("2", 1, later)]
    versions = []
    for order in ((original, corrected), (corrected, original), (original, corrected, original)):
        with database.connect() as connection, connection.transaction(force_rollback=True):
            for lines in order:
                write_facts(connection, "mlb_stats_api", facts_of("batter_lines", lines))
            versions.append(
                connection.execute(
                    "SELECT known_at, player_id, hits FROM staging.batter_lines ORDER BY 1, 2"
                ).fetchall()
            )
    assert versions[0] == [(first, "1", 2), (first, "2", 1), (later, "1", 1), (later, "2", 1)]
    assert versions[1] == versions[2] == versions[0]
