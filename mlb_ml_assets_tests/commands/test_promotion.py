"""`mlb-ml model show | promote | rollback` on a real registry.

Belongs here: first champion, refusal, force, roll-back, and what is written down.
Not here: the comparison's numbers (modeling/).
"""

import subprocess
import sys

import pytest

from mlb_ml_assets.commands.promotion import promote_challenger, roll_back_champion, show_aliases
from mlb_ml_assets.flows import promotion
from mlb_ml_assets.flows.promotion import synchronize_champion
from mlb_ml_assets.modeling.game_model import UnreadableModel
from mlb_ml_assets.registry.aliases import CHALLENGER, CHAMPION, REGISTERED_MODEL, NoSuchModel, set_alias, version_of


@pytest.fixture
def registry(played):
    """Two registered months, April and May; no champion yet."""
    from mlflow import MlflowClient

    from mlb_ml_assets.registry.tracking import use_tracking_store

    use_tracking_store()
    return MlflowClient()


def champion():
    found = version_of(CHAMPION)
    return None if found is None else found.model_version


def reason_on(client, registered_version):
    return client.get_model_version(REGISTERED_MODEL, str(registered_version)).tags["promotion_reason"]


@pytest.fixture
def april_is_champion(registry, capsys):
    may = version_of(CHALLENGER).registered_version
    set_alias(CHALLENGER, may - 1)
    promote_challenger(force=False)
    set_alias(CHALLENGER, may)
    capsys.readouterr()
    return may


def test_the_first_model_becomes_champion_with_its_reason(registry, capsys):
    """Without a first champion serving has nothing to serve, and there is nothing to compare with."""
    assert champion() is None
    promote_challenger(force=False)
    assert champion() == "2024-05"
    assert "promoted 2024-05: there is no champion yet" in capsys.readouterr().out
    assert reason_on(registry, version_of(CHAMPION).registered_version) == "there is no champion yet"
    promote_challenger(force=False)
    assert "2024-05 is champion already" in capsys.readouterr().out


def test_a_champion_of_an_older_format_gives_way(registry, april_is_champion, monkeypatch, capsys):
    """It no longer prices anything, and comparing with it would refuse every successor forever."""
    load = promotion.load_game_model

    def april_is_older(model_uri, artifact_uri, file_digests):
        if model_uri == april:
            raise UnreadableModel("model.json has format 'mlb_game_model/1'")
        return load(model_uri, artifact_uri, file_digests)

    april = registry.get_model_version(REGISTERED_MODEL, str(april_is_champion - 1)).source
    monkeypatch.setattr(promotion, "load_game_model", april_is_older)
    promote_challenger(force=False)
    assert "promoted 2024-05: this release cannot read the champion 2024-04" in capsys.readouterr().out
    assert champion() == "2024-05"


def test_a_challenger_that_does_worse_is_refused_with_its_reason(registry, april_is_champion, monkeypatch, capsys):
    """A model that loses on games new to both must not serve because it is newer."""
    compare = promotion.compare

    def challenger_is_turned_round(outcome, challenger, champions, close, days):
        return compare(outcome, 1 - challenger, champions, close, days)

    monkeypatch.setattr(promotion, "compare", challenger_is_turned_round)
    monkeypatch.setattr("mlb_ml_assets.evaluation.promotion_gate.FEWEST_GAMES", 50)
    promote_challenger(force=False)
    assert champion() == "2024-04"
    assert capsys.readouterr().out.startswith("not promoted 2024-05: ")
    assert reason_on(registry, april_is_champion).startswith("refused: ")
    promote_challenger(force=True)
    assert champion() == "2024-05"
    assert reason_on(registry, april_is_champion).startswith("forced; ")


def test_a_roll_back_makes_the_champion_before_champion_again(registry, april_is_champion, capsys):
    """The way back must be one command at two in the morning."""
    promote_challenger(force=True)
    assert champion() == "2024-05"
    roll_back_champion()
    assert champion() == "2024-04"
    assert "champion is 2024-04 again" in capsys.readouterr().out
    with pytest.raises(NoSuchModel, match="first champion"):
        roll_back_champion()
    show_aliases()
    champion_line, challenger_line = capsys.readouterr().out.splitlines()
    assert champion_line.startswith("champion: 2024-04, models:/")
    assert " UTC: rolled back; weights by hours to first pitch assumed (even news)" in champion_line
    assert challenger_line.startswith("challenger: 2024-05, models:/")


def cut():
    """Die after MLflow's alias moved and before our table is written."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    patched = pytest.MonkeyPatch()
    for module in ("mlb_ml_assets.commands.promotion", "mlb_ml_assets.flows.promotion"):
        patched.setattr(f"{module}.write_champion", dies)
    return patched


def priced_with(connection):
    return connection.execute("SELECT model_version FROM curated.champions ORDER BY since DESC LIMIT 1").fetchone()


def recorded_reason(connection):
    return connection.execute("SELECT reason FROM curated.champions ORDER BY since DESC LIMIT 1").fetchone()[0]


def test_an_interrupted_promotion_is_recorded_by_the_next(played, april_is_champion, monkeypatch):
    """The alias names the new model, days are priced with the old one, and nothing is left to promote."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-05-11T12:00:00+00:00")
    patched = cut()
    with pytest.raises(KeyboardInterrupt):
        promote_challenger(force=True)
    patched.undo()
    with played.connect() as connection:
        assert (champion(), priced_with(connection)) == ("2024-05", ("2024-04",))
        promote_challenger(force=False)
        assert priced_with(connection) == ("2024-05",)
        assert "nats to the close" in recorded_reason(connection), "the promotion's reason, not that of its repair"


@pytest.fixture
def rolled_back_in_mlflow(april_is_champion, monkeypatch):
    """A roll-back that was cut short: MLflow's champion is April's again, our table has May's."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-05-11T12:00:00+00:00")
    promote_challenger(force=True)
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-05-12T12:00:00+00:00")
    patched = cut()
    with pytest.raises(KeyboardInterrupt):
        roll_back_champion()
    patched.undo()


def test_an_interrupted_rollback_is_recorded_as_one_by_the_next_command(played, rolled_back_in_mlflow):
    """The returning champion must not be recorded as promoted anew."""
    with played.connect() as connection:
        assert synchronize_champion(connection).model_version == "2024-04"
        assert (priced_with(connection), recorded_reason(connection)) == (("2024-04",), "rolled back")


def test_an_interrupted_rollback_goes_back_once(played, rolled_back_in_mlflow):
    """Run again, it must not go back one more version."""
    with played.connect() as connection:
        assert (champion(), priced_with(connection)) == ("2024-04", ("2024-05",))
        roll_back_champion()
        assert (champion(), priced_with(connection)) == ("2024-04", ("2024-04",))


def test_showing_the_champion_imports_no_mlflow(played):
    """Its import takes longer than everything else that the command does."""
    code = (
        "import sys; from mlb_ml_assets.commands.promotion import show_aliases; show_aliases(); "
        "print('mlflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_without_a_model_each_command_names_the_remedy(prepared):
    """A stack trace of MLflow does not show that training comes first."""
    with pytest.raises(NoSuchModel, match="mlb-ml run"):
        promote_challenger(force=False)
    with pytest.raises(NoSuchModel, match="no champion to roll back from"):
        roll_back_champion()
