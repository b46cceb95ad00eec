"""Why a run produced nothing where there were games: each zero with its reasons, counts and next command.

Belongs here: reading the zeros and their reasons from what the steps reported.
Not here: running the steps (materialize.py), the counts themselves (flows/), which command fills a gap
(flows/next_command.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mlb_ml_assets.commands.steps import Step, StepResult
from mlb_ml_assets.flows.next_command import NextCommands

_NO_MODEL = "no model: "


@dataclass(frozen=True)
class Zero:
    """A count that is zero although there were games.

    Attributes:
        step: the step that reported it.
        what: what there is none of.
        reasons: why, each with its count where one is known.
        next_command: what to run next on this database.
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


def explain_zeros(results: Sequence[StepResult], commands: NextCommands) -> list[Zero]:
    """The zeros of a run, in its order, each with one of `commands`.

    A season that later ones of the same run learn from has no model, and needs no further word on its predictions.
    """
    zeros = [zero for result in results for explain in EXPLAINED[result.step.job] for zero in explain(result, commands)]
    trained = {result.step.season for result in results if _report(result, "game_model").get("models")}
    learned_from = {
        zero.step.season for zero in zeros if zero.what == "models" and zero.step.season < max(trained, default=0)
    }
    return [zero for zero in zeros if zero.step.season not in learned_from or zero.step.job not in {"predict", "score"}]


def require_products(results: Sequence[StepResult], zeros: Sequence[Zero]) -> None:
    """Refuse a run in which every step of a job that makes features or predictions made none.

    A first season that only warms up is no failure beside later ones that predict; alone it is one.

    Raises:
        NothingProduced: naming what is missing and why.
    """
    for job, what in (("prepare", "decisions"), ("predict", "predictions")):
        of_job = [result for result in results if result.step.job == job]
        missing = [zero for zero in zeros if zero.step.job == job and zero.what == what]
        if of_job and len(missing) == len(of_job):
            raise NothingProduced(f"days with games gave nothing. {missing[-1]}")


def _explain_prepare(result: StepResult, commands: NextCommands) -> list[Zero]:
    games = _count(result, "curated/enhanced_games", "games")
    prices = commands.for_prices(*_days(result.step))
    zeros = []
    if games and not _count(result, "curated/market_lines", "lines"):
        found = _starting_with(_report(result, "curated/market_lines"), "refused ")
        reasons = found or (f"no linked source has a price of the {games} games",)
        zeros.append(Zero(result.step, "market lines", reasons, prices))
    if not _count(result, "curated/ml_feature_vectors", "vectors"):
        reason = f"no decision about the {games} games is due yet" if games else "no game of the range could be built"
        zeros.append(Zero(result.step, "decisions", (reason,), prices if games else "mlb-ml contract"))
    return zeros


def _explain_train(result: StepResult, commands: NextCommands) -> list[Zero]:
    report = _report(result, "game_model")
    if report.get("models"):
        return []
    refused = {name.removeprefix(_NO_MODEL): count for name, count in report.items() if name.startswith(_NO_MODEL)}
    reasons = tuple(f"{count} {'month' if count == 1 else 'months'} with {why}" for why, count in refused.items())
    reasons = reasons or ("no month was trained",)
    return [Zero(result.step, "models", reasons, commands.for_models)]


def _explain_predict(result: StepResult, commands: NextCommands) -> list[Zero]:
    report, (first, last) = _report(result, "curated/ml_predictions"), _days(result.step)
    if not report.get("predictions"):
        if early := report.get("decisions before the first model"):
            return [
                Zero(result.step, "predictions", (f"{early:,} decisions before the first model",), commands.for_models)
            ]
        return [Zero(result.step, "predictions", ("no decision is stored",), commands.for_features(first, last))]
    bets = _report(result, "curated/ml_recommendations")
    if bets.get("recommendations") and not bets.get("bets"):
        reasons = _starting_with(bets, "no bet: ") or ("no side is worth a stake",)
        return [Zero(result.step, "bets", reasons, commands.for_board(last))]
    return []


def _explain_score(result: StepResult, commands: NextCommands) -> list[Zero]:
    if _count(result, "curated/ml_model_performance", "performance_rows"):
        return []
    reason = "no game with a prediction has a result yet"
    return [Zero(result.step, "performance rows", (reason,), commands.for_results(_days(result.step)[1]))]


# By job, what its zeros are read from.
EXPLAINED = {
    "prepare": (_explain_prepare,),
    "train": (_explain_train,),
    "predict": (_explain_predict,),
    "score": (_explain_score,),
    "slate": (_explain_prepare, _explain_predict),
    "settle": (_explain_score,),
}


def _days(step: Step) -> tuple[date, date]:
    return date.fromisoformat(step.first_key), date.fromisoformat(step.last_key)


def _report(result: StepResult, asset: str) -> Mapping[str, object]:
    return result.metadata.get(asset, {})


def _count(result: StepResult, asset: str, name: str) -> int:
    count = _report(result, asset).get(name, 0)
    return count if isinstance(count, int) else 0


def _starting_with(report: Mapping[str, object], prefix: str) -> tuple[str, ...]:
    return tuple(f"{count:,} {name.removeprefix(prefix)}" for name, count in report.items() if name.startswith(prefix))
