"""`mlb-ml model show | promote | rollback`: who is champion, and why.

Belongs here: saying what was decided.
Not here: the decision (flows/promotion.py, evaluation/promotion_gate.py), the aliases (registry/aliases.py).
"""

from mlb_ml_assets.flows.promotion import decide_promotion, recorded_champion
from mlb_ml_assets.registry.aliases import CHALLENGER, CHAMPION, ROLLED_BACK, roll_back, version_of
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.game_models import record_champion


def show_aliases() -> None:
    """Print champion and challenger."""
    ensure_database()
    use_tracking_store()
    for alias in (CHAMPION, CHALLENGER):
        model = version_of(alias)
        print(f"{alias}: " + ("none" if model is None else f"{model.model_version}, {model.source}"))


def promote_challenger(*, force: bool) -> None:
    """Compare challenger and champion on the games since both were trained, and promote or write down why not."""
    settings = ensure_database()
    use_tracking_store()
    with connect(settings.dsn, application_name="mlb_ml:promotion", autocommit=True) as connection:
        outcome = decide_promotion(connection, force=force)
    if outcome.verdict is None:
        print(f"{outcome.challenger} is champion already")
    else:
        print(f"{'promoted' if outcome.promoted else 'not promoted'} {outcome.challenger}: {outcome.reason}")


def roll_back_champion() -> None:
    """Make the champion before this one champion again."""
    settings = ensure_database()
    use_tracking_store()
    with connect(settings.dsn, application_name="mlb_ml:promotion", autocommit=True) as connection:
        recorded = recorded_champion(connection)
        previous = roll_back(None if recorded is None else recorded.registered_version)
        record_champion(connection, previous.model_version, ROLLED_BACK)
    print(f"champion is {previous.model_version} again")
