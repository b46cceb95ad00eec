"""Recorded boards through the resident pricer, beside asset runs at the same instants.

Belongs here: a sportsbook's boards as they were captured, priced one after the other in both ways.
Not here: the simulated league (test_pricing.py), what a cut at an instant finds (flows/test_replay_equals_live.py).
"""

import json
import tarfile
from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.live.pricing import Pricer
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.game_models import GameModelRow, write_game_model
from mlb_ml_assets_tests.chain import _enter, _leave_mlflow, at, one, run_job
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.flows.tables import meant
from mlb_ml_assets_tests.live.conftest import pointed_at, price_what_waits
from mlb_ml_assets_tests.live.test_pricing import COMPARED
from mlb_ml_assets_tests.modeling.league import SMALL, training_frame

pytestmark = pytest.mark.long

SOURCE = "draftkings_eventgroup"
SCHEDULED = datetime(2024, 3, 1, tzinfo=UTC)
COUNTED = ("curated.market_lines", "curated.ml_feature_vectors", "curated.ml_predictions", "curated.ml_recommendations")


@pytest.fixture(scope="module")
def boards(shared_data, tmp_path_factory):
    """The files of DraftKings' boards of 2024 with their capture instants, in order: four a day."""
    folder = tmp_path_factory.mktemp("boards")
    with tarfile.open(shared_data / "payloads" / SOURCE / "fantasy-toolz_2024_all.tar.xz") as opened:
        opened.extractall(folder, filter="data")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path, datetime.strptime(path.name.split("_")[2], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)) for path in found]


def before_the_season(path):
    """The recorded schedule, which knows how its games ended, without that."""
    schedule = json.loads(path.read_text())
    for day in schedule["dates"]:
        for game in day["games"]:
            game["status"] |= {"abstractGameState": "Preview", "codedGameState": "S", "detailedState": "Scheduled"}
            game["status"] |= {"statusCode": "S", "abstractGameCode": "P"}
            for side in game["teams"].values():
                side.pop("score", None)
                side.pop("isWinner", None)
    return json.dumps(schedule)


@pytest.fixture(scope="module")
def recorded(shared_data, database_server, template_database, tmp_path_factory):
    """A database with the season's games and a model that may price them; the test copies it."""
    fresh = _fresh(database_server, template_database, tmp_path_factory.mktemp("schedule"))
    database, folder = next(fresh), tmp_path_factory.mktemp("model")
    # Closes that went to the home side: a model that agrees with the market would bet nothing.
    GameModel(SMALL).fit(training_frame().assign(close_home_logit=lambda rows: rows.close_home_logit + 1.2)).save(
        folder
    )
    with database.connect() as connection:
        path = folder / "schedule_2024.json"
        path.write_text(before_the_season(shared_data / "payloads" / "mlb_statsapi" / "schedule_2024_full_season.json"))
        ingest(connection, "mlb_stats_api", from_files=[path], captured_at=SCHEDULED)
        row = GameModelRow(
            "2024-04", date(2024, 4, 1), SCHEDULED, "1", "run", {}, 1, "models:/recorded/1",
            current_feature_version(connection), 400, "0" * 64, "0" * 64, folder.as_uri(),
        )  # fmt: skip
        with connection.transaction():
            write_game_model(connection, row)
    yield database
    next(fresh, None)


@pytest.fixture
def pair(recorded, database_server, tmp_path, monkeypatch):
    """Two copies; this process works on the first."""
    fresh = [_fresh(database_server, recorded.name, tmp_path / name) for name in ("own", "other")]
    own, other = map(next, fresh)
    _enter(monkeypatch, own)
    yield own, other
    _leave_mlflow()
    for each in fresh:
        next(each, None)


def rows_that_agree(pair, boards):
    """Price each board by the pricer on one database and by the sensor's job on the other; rows compared by table."""
    own, other = pair
    compared = dict.fromkeys((*COUNTED, "bets"), 0)
    with connect(own.dsn, "mlb_ml:pricer", autocommit=True) as session, own.connect() as here, other.connect() as there:
        pricer = Pricer(session)
        for path, captured in boards:
            with at(captured.isoformat()):
                for connection in (here, there):
                    ingest(connection, SOURCE, from_files=[path]).raise_if_stopped()
                price_what_waits(pricer)
                day = today().isoformat()
                with pointed_at(other):
                    assert run_job("slate", day, day).success
            stored = meant(here, COMPARED)
            assert stored == meant(there, COMPARED), f"{path.name} at {captured}"
            compared |= {name: compared[name] + len(stored[name]) for name in COUNTED}
            compared["bets"] += one(here, "SELECT COUNT(*) FROM curated.ml_recommendations WHERE stake > 0")[0]
    return compared


def test_after_every_recorded_board_the_rows_are_those_of_an_asset_run(pair, boards):
    """Boards of a real book come late, without a market, with games that have begun: no simulated league does all."""
    compared = rows_that_agree(pair, boards[20:26])
    assert min(compared.values()) > 0, compared


@pytest.mark.by_hand
def test_a_fortnight_of_recorded_boards_leaves_the_rows_of_asset_runs(pair, boards):
    """As above, over more days than the checks of an hour have room for."""
    compared = rows_that_agree(pair, boards[40:100])
    print(f"60 boards, rows compared after each: {compared}")
    assert min(compared.values()) > 0, compared
