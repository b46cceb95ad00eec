"""`mlb-ml model show | promote | rollback`: which model is champion, and why.

Belongs here: printing what was decided.
Not here: the decision (flows/promotion.py, evaluation/promotion_gate.py), the aliases (registry/aliases.py).
"""

from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.flows.promotion import decide_promotion, recorded_champion
from mlb_ml_assets.registry.aliases import CHALLENGER, CHAMPION, ROLLED_BACK, NoSuchModel, roll_back, version_of
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.game_models import read_newest_model, read_serving_periods, write_champion


def show_aliases() -> None:
    """Print the champion that days are priced with, since when and why, and the challenger.

    Both are in our own tables, where every promotion and training records them: importing MLflow takes 2.7 s.
    """
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:model", autocommit=True) as connection:
        periods, newest = read_serving_periods(connection), read_newest_model(connection)
        command = "" if periods else read_next_commands(connection).for_champion
    if periods:
        period = periods[-1]
        model = period.champion
        since = f"since {period.since:%Y-%m-%d %H:%M} UTC: {period.reason}"
        print(f"{CHAMPION}: {model.model_version}, {model.model_uri}, {since}; {model.describe_curve()}")
    else:
        print(f"{CHAMPION}: none")
    challenger = newest and f"{newest.model_version}, {newest.model_uri}; {newest.describe_curve()}"
    print(f"{CHALLENGER}: {challenger or 'none'}")
    if not periods:
        print(f"Next: {command}")


def promote_challenger(*, force: bool) -> None:
    """Compare challenger and champion on the games since both were trained, and promote or record why not."""
    settings = ensure_database()
    use_tracking_store()
    with connect(settings.dsn, application_name="mlb_ml:promotion", autocommit=True) as connection:
        outcome = decide_promotion(connection, force=force)
    if outcome.verdict is None:
        print(f"{outcome.challenger} is champion already")
    else:
        print(f"{'promoted' if outcome.promoted else 'not promoted'} {outcome.challenger}: {outcome.reason}")


def roll_back_champion() -> None:
    """Make the previous champion champion again."""
    settings = ensure_database()
    use_tracking_store()
    with connect(settings.dsn, application_name="mlb_ml:promotion", autocommit=True) as connection:
        recorded = recorded_champion(connection)
        if recorded is None and version_of(CHAMPION) is None:
            raise NoSuchModel(
                f"there is no champion to roll back from. Next: {read_next_commands(connection).for_champion}"
            )
        previous = roll_back(None if recorded is None else recorded.registered_version)
        write_champion(connection, previous.model_version, ROLLED_BACK)
    print(f"champion is {previous.model_version} again")
