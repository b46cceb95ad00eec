"""`mlb-ml start`: its questions, the file of the answers, and the whole way to a slate.

Belongs here: answers given, mistyped and by default; what .env keeps; a start from a folder, run twice.
Not here: fetching (flows/test_history_fetch.py), running (commands/test_steps.py).
"""

import os
import stat
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from mlb_ml_assets.commands.env_file import write_settings
from mlb_ml_assets.commands.start import Answers, ask
from mlb_ml_assets.simulation.season_archives import write_register, write_season_archives
from mlb_ml_assets_tests.chain import LEAGUE, rows_of

DEFAULTS = {
    "": "2022-2023",
    "MLB_ML_COLLECT": "mlb_stats_api,action_network,sportsbettingdime,vsin,national_weather_service",
    "MLB_ML_BOOKS": "",
    "MLB_ML_BANKROLL": "1000",
    "MLB_ML_ALERT_URLS": "",
}


@pytest.fixture(autouse=True)
def unset(monkeypatch, tmp_path):
    """No answer in the environment, a folder of its own, spring of 2024."""
    for name in [*DEFAULTS, "MLB_ML_THE_ODDS_API_KEY"]:
        if name:
            # Set first, so that what the code under test sets is undone.
            monkeypatch.setenv(name, "")
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", LEAGUE.now.isoformat())
    monkeypatch.chdir(tmp_path)


def answer(typed, given=None, held=()):
    """Ask with a person who types these lines; the answers and what was printed."""
    app, answers = typer.Typer(), {}

    @app.command()
    def command():
        answers.update(ask(given or Answers(), held=list(held), is_interactive=True))

    result = CliRunner().invoke(app, input=typed, catch_exceptions=False)
    return answers, result.output


def test_without_a_terminal_every_question_takes_its_default():
    """A question that waits for a person hangs in a script."""
    assert ask(Answers(), held=[], is_interactive=False) == DEFAULTS
    assert ask(Answers(), held=[2015, 2016], is_interactive=False)[""] == "2015-2016"


def test_enter_takes_the_defaults():
    """Five questions, five times Enter: the shortest first hour."""
    answers, printed = answer("\n" * 5)
    assert answers == DEFAULTS
    assert "[2022-2023]" in printed


def test_mistyped_answers_are_asked_again_with_the_remedy():
    """A typo in a year must not fetch nothing, and one in a sportsbook must not remove every price."""
    typed = "soon\n2022-2023\nthe_moon\nnone\nmy bookie\ndraftkings, FanDuel\nmuch\n-5\n2,500\nnowhere\nnone\n"
    answers, printed = answer(typed)
    assert answers == {
        **DEFAULTS, "MLB_ML_COLLECT": "", "MLB_ML_BOOKS": "draftkings,fanduel", "MLB_ML_BANKROLL": "2500",
    }  # fmt: skip
    for remedy in (
        "give a year such as 2016", "choose among mlb_stats_api", "no sportsbook my bookie: choose among",
        "'much': give an amount in dollars", "not an address that apprise knows",
    ):  # fmt: skip
        assert remedy in printed


def test_the_key_is_asked_for_only_where_its_source_is_chosen_and_never_shown():
    """A key on the screen is a key in the recording of the screen."""
    given = Answers(seasons="2022", sources="the_odds_api", books="any", bankroll="1000", alerts="none")
    answers, printed = answer("secret-key\n", given)
    assert answers["MLB_ML_THE_ODDS_API_KEY"] == "secret-key"
    assert "secret-key" not in printed


def test_a_wrong_option_is_refused_before_anything_is_fetched():
    """An hour of fetching, and then an error about the bankroll."""
    with pytest.raises(typer.BadParameter, match="give an amount"):
        ask(Answers(bankroll="lots"), held=[], is_interactive=False)


def test_values_of_the_file_are_kept_unless_replaced(tmp_path):
    """A rerun with Enter on every question overwrote the database's password and a hand-set bankroll."""
    path = tmp_path / ".env"
    path.write_text("# mine\nPOSTGRES_PASSWORD='a b'\nMLB_ML_BANKROLL=500\n")
    path.chmod(0o644)
    new = {"MLB_ML_BANKROLL": "1000", "MLB_ML_BOOKS": "draftkings,fanduel", "MLB_ML_ALERT_URLS": ""}
    assert write_settings(tmp_path, new, lambda _: False) == (["MLB_ML_BOOKS"], ["MLB_ML_BANKROLL"])
    assert path.read_text().startswith("# mine\nPOSTGRES_PASSWORD='a b'\nMLB_ML_BANKROLL=500\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.environ["MLB_ML_BOOKS"] == "draftkings,fanduel"
    assert write_settings(tmp_path, new, lambda _: True) == (["MLB_ML_BANKROLL"], [])
    assert "500" not in path.read_text()


def test_a_new_file_is_its_owners_alone(tmp_path):
    """Keys and chat addresses in a file that every user of the machine reads."""
    write_settings(tmp_path, {"MLB_ML_THE_ODDS_API_KEY": "k"}, lambda _: False)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


@pytest.mark.long
def test_a_start_from_a_folder_ends_with_a_slate_and_twice_with_the_same(database, mlb_ml, tmp_path):
    """Two seasons without any odds: the first is learned from, the second predicted by the blind model."""
    from mlb_ml_assets.simulation.league import simulate_league

    league = simulate_league(LEAGUE)
    write_season_archives(league, tmp_path / "archives")
    write_register(league, tmp_path / "archives")
    arguments = ("start", "--seasons", "2023-2024", "--from-folder", str(tmp_path / "archives"), "--no-up")
    counts = []
    for _ in range(2):
        outcome = mlb_ml(*arguments, **database.environment)
        assert outcome.code == 0, outcome.stderr[-2000:]
        assert f"Slate of {date(2024, 5, 9):%A, %d %B %Y}" in outcome.stdout
        with database.connect() as connection:
            counts.append(rows_of(connection, "SELECT count(*), max(id) FROM curated.ml_predictions"))
    assert counts[0] == counts[1]
    assert counts[0][0][0] > 500
