"""The registered versions under the aliases champion and challenger, and why.

Belongs here: aliases of the registered model, promotion and rollback with their recorded reason.
Not here: the comparison that decides (evaluation/promotion_gate.py), training.
"""

from dataclasses import dataclass

from mlb_ml_assets.domain.models import GAME_MODEL

REGISTERED_MODEL = GAME_MODEL.key
CHAMPION = "champion"
CHALLENGER = "challenger"
ROLLED_BACK = "rolled back"
_PREVIOUS_TAG = "previous_champion"
_REASON_TAG = "promotion_reason"


class NoSuchModel(LookupError):
    """The registry has no version under the requested alias."""


@dataclass(frozen=True)
class RegisteredModel:
    """One version of the registered model."""

    registered_version: int
    model_version: str
    run_id: str
    source: str


def version_of(alias: str) -> RegisteredModel | None:
    """The version that `alias` names, or None before the first one."""
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    try:
        version = client.get_model_version_by_alias(REGISTERED_MODEL, alias)
    except MlflowException as error:
        # A missing alias is INVALID_PARAMETER_VALUE, a missing model RESOURCE_DOES_NOT_EXIST (MLflow 3.17).
        if error.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
            return None
        raise
    return RegisteredModel(
        registered_version=int(version.version),
        model_version=version.tags["model_version"],
        run_id=version.run_id,
        source=version.source,
    )


def set_alias(alias: str, registered_version: int) -> None:
    """Make `alias` name this version."""
    import mlflow

    mlflow.MlflowClient().set_registered_model_alias(REGISTERED_MODEL, alias, str(registered_version))


def promote(challenger: RegisteredModel, reason: str) -> None:
    """Make the challenger champion, with the champion before it and the reason as tags of the version."""
    import mlflow

    client = mlflow.MlflowClient()
    before = version_of(CHAMPION)
    version = str(challenger.registered_version)
    if before is not None and before.registered_version != challenger.registered_version:
        client.set_model_version_tag(REGISTERED_MODEL, version, _PREVIOUS_TAG, str(before.registered_version))
    client.set_model_version_tag(REGISTERED_MODEL, version, _REASON_TAG, reason[:5000])
    set_alias(CHAMPION, challenger.registered_version)


def read_champion_reason(champion: RegisteredModel, recorded: int | None) -> str:
    """Why a champion that our tables do not list yet became champion.

    Args:
        champion: of the registry.
        recorded: the registered version that our tables have as champion; if this one preceded it, it was rolled back.
    """
    import mlflow

    if recorded is not None and _before(recorded) == champion.registered_version:
        return ROLLED_BACK
    tags = mlflow.MlflowClient().get_model_version(REGISTERED_MODEL, str(champion.registered_version)).tags
    return str(tags.get(_REASON_TAG, "champion in MLflow"))


def refuse(challenger: RegisteredModel, reason: str) -> None:
    """Record on the challenger why it was not promoted."""
    import mlflow

    mlflow.MlflowClient().set_model_version_tag(
        REGISTERED_MODEL, str(challenger.registered_version), _REASON_TAG, f"refused: {reason}"[:5000]
    )


def roll_back(recorded: int | None) -> RegisteredModel:
    """Make the champion before this one champion again.

    Args:
        recorded: the registered version that our tables have as champion. If the alias was rolled back from it already,
            an earlier rollback was interrupted, and the alias stays.

    Raises:
        NoSuchModel: there is no champion, or none before it.
    """
    champion = version_of(CHAMPION)
    if champion is None:
        raise NoSuchModel("there is no champion to roll back from: train and promote a model first")
    if recorded not in (None, champion.registered_version) and _before(recorded) == champion.registered_version:
        return champion
    before = _before(champion.registered_version)
    if before is None:
        msg = f"version {champion.model_version} is the first champion: there is no earlier one to return to"
        raise NoSuchModel(msg)
    set_alias(CHAMPION, before)
    previous = version_of(CHAMPION)
    assert previous is not None
    return previous


def _before(registered_version: int | None) -> int | None:
    """The version that was champion when this one became it."""
    import mlflow

    tags = mlflow.MlflowClient().get_model_version(REGISTERED_MODEL, str(registered_version)).tags
    return int(tags[_PREVIOUS_TAG]) if _PREVIOUS_TAG in tags else None
