"""Why a run produced nothing where there were games: each zero with its reasons, counts and next command.

Belongs here: reading the zeros and their reasons from what the steps reported.
Not here: running the steps (materialize.py), the counts themselves (flows/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlb_ml_assets.commands.steps import Step, StepResult

_INGEST = (
    'mlb-ml psql -c "SELECT * FROM curated.unmapped_games" lists odds without a game; prices come by mlb-ml '
    "ingest SOURCE --date D, or mlb-ml history import PATH"
)


@dataclass(frozen=True)
class Zero:
    """A count that is zero although there were games.

    Attributes:
        step: the step that reported it.
        what: what there is none of.
        reasons: why, each with its count where one is known.
        next_command: what to run next.
    """

    step: Step
    what: str
    reasons: tuple[str, ...]
    next_command: str

    def __str__(self) -> str:
        days = f"{self.step.first_key} to {self.step.last_key}"
        return f"0 {self.what} from {days}: {'; '.join(self.reasons)}. Next: {self.next_command}"


class NothingProduced(RuntimeError):
    """Days with games, and not one row of what was asked for; the message names the reasons."""


def explain_zeros(results: Sequence[StepResult]) -> list[Zero]:
    """The zeros of a run, in its order."""
    return [zero for result in results for zero in _EXPLAIN[result.step.job](result)]


def require_products(results: Sequence[StepResult]) -> None:
    """Refuse a run in which every step of a job that makes features or predictions made none.

    A first season that only warms up is no failure beside later ones that predict; alone it is one.

    Raises:
        NothingProduced: naming what is missing and why.
    """
    zeros = explain_zeros(results)
    for job, what in (("prepare", "decisions"), ("predict", "predictions")):
        of_job = [result for result in results if result.step.job == job]
        missing = [zero for zero in zeros if zero.step.job == job and zero.what == what]
        if of_job and len(missing) == len(of_job):
            raise NothingProduced(f"days with games gave nothing. {missing[-1]}")


def _explain_prepare(result: StepResult) -> list[Zero]:
    games = _count(result, "curated/enhanced_games", "games")
    zeros = []
    if games and not _count(result, "curated/market_lines", "lines"):
        found = _starting_with(_report(result, "curated/market_lines"), "refused ")
        reasons = found or (f"no linked source has a price of the {games} games",)
        zeros.append(
            Zero(
                result.step,
                "market lines",
                reasons,
                _INGEST,
            )
        )
    if not _count(result, "curated/ml_feature_vectors", "vectors"):
        reason = f"no decision about the {games} games is due yet" if games else "no game of the range could be built"
        command = "the same command after the first prices or the cutoff" if games else "mlb-ml contract"
        zeros.append(Zero(result.step, "decisions", (reason,), command))
    return zeros


def _explain_train(result: StepResult) -> list[Zero]:
    report = _report(result, "game_model")
    if report.get("models"):
        return []
    reasons = _starting_with(report, "no model: ") or ("no month was trained",)
    return [Zero(result.step, "models", reasons, "mlb-ml history import PATH, then the same command")]


def _explain_predict(result: StepResult) -> list[Zero]:
    report = _report(result, "curated/ml_predictions")
    if not report.get("predictions"):
        early = report.get("decisions before the first model")
        reason = f"{early:,} decisions before the first model" if early else "no decision is stored"
        command = "mlb-ml history import PATH, then mlb-ml run" if early else "mlb-ml run --select prepare"
        return [Zero(result.step, "predictions", (reason,), command)]
    bets = _report(result, "curated/ml_recommendations")
    if bets.get("recommendations") and not bets.get("bets"):
        reasons = _starting_with(bets, "no bet: ") or ("no side is worth a stake",)
        return [Zero(result.step, "bets", reasons, "mlb-ml board shows each side and its reason")]
    return []


def _explain_score(result: StepResult) -> list[Zero]:
    if _count(result, "curated/ml_model_performance", "performance_rows"):
        return []
    reason = "no game with a prediction has a result yet"
    return [Zero(result.step, "performance rows", (reason,), "mlb-ml ingest mlb_stats_api --date D after the games")]


_EXPLAIN = {
    "prepare": _explain_prepare,
    "train": _explain_train,
    "predict": _explain_predict,
    "score": _explain_score,
}


def _report(result: StepResult, asset: str) -> Mapping[str, object]:
    return result.metadata.get(asset, {})


def _count(result: StepResult, asset: str, name: str) -> int:
    count = _report(result, asset).get(name, 0)
    return count if isinstance(count, int) else 0


def _starting_with(report: Mapping[str, object], prefix: str) -> tuple[str, ...]:
    return tuple(f"{count:,} {name.removeprefix(prefix)}" for name, count in report.items() if name.startswith(prefix))
