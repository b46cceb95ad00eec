"""The champion in the graph: which model serves today and later, decided apart from training.

Belongs here: the asset `champion` and the check that reports a refusal.
Not here: the decision (flows/promotion.py).
"""

from typing import Any

import dagster as dg

from mlb_ml_assets.assets.model import game_model
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset(
    key=["champion"],
    deps=[game_model],
    check_specs=[
        dg.AssetCheckSpec(
            "challenger_was_promoted",
            asset=["champion"],
            description="The newest model was promoted, or is champion already. If it was refused, the champion stays: "
            "read the reason; mlb-ml model promote --force overrules it, mlb-ml model rollback undoes a promotion.",
        )
    ],
    group_name="model",
    kinds={"mlflow"},
    owners=["team:modeling"],
)
def champion(postgres: PostgresResource) -> dg.MaterializeResult:
    """The registered version under the alias champion: the newest model, unless it is worse on games new to both."""
    from mlb_ml_assets.flows.promotion import decide_promotion
    from mlb_ml_assets.registry.tracking import use_tracking_store

    use_tracking_store()
    with postgres.connect("champion") as connection:
        outcome = decide_promotion(connection)
    metadata: dict[str, Any] = {
        "champion": outcome.champion or "none",
        "champion before": outcome.champion_before or "none",
        "challenger": outcome.challenger,
        "reason": outcome.reason,
    }
    verdict = outcome.verdict
    if verdict is not None:
        metadata |= {"games compared": verdict.games, "difference to the close": verdict.challenger_minus_close}
    remedy = {"what to do": "Read the reason. To overrule it: mlb-ml model promote --force"} if outcome.refused else {}
    return dg.MaterializeResult(
        metadata=metadata,
        check_results=[
            dg.AssetCheckResult(
                passed=not outcome.refused,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"refused {outcome.challenger}: {outcome.reason}" if outcome.refused else outcome.reason,
                metadata={"reason": outcome.reason, **remedy},
            )
        ],
    )


ASSETS = (champion,)
