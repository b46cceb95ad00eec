"""The API's memory of the model registry.

Belongs here: when an answer is shared, and when the registry is queried again.
Not here: a real MLflow that dies (deploy/test_killed_services.py).
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from mlb_ml_assets.serving.model_registry import ModelRegistry, RegistryState


class ScriptedRegistry(ModelRegistry):
    """A registry that answers from a list, each answer once it is permitted."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self.left = list(answers)
        self.queried, self.permitted = threading.Semaphore(0), threading.Semaphore(0)

    def _query(self) -> RegistryState:
        self.queried.release()
        assert self.permitted.acquire(timeout=10)
        return RegistryState(self.left.pop(0))


def test_a_registry_that_is_back_is_believed_at_once():
    """A failure was remembered for a second: the first request after the database's return was refused."""
    registry = ScriptedRegistry("unreachable", "ok")
    registry.permitted.release(2)
    assert registry.settled().state == "unreachable"
    assert registry.settled().state == "ok"


def test_requests_that_wait_for_one_answer_share_it():
    """A hanging registry costs seconds per query: one after the other, ten clients would wait ten times as long."""
    registry = ScriptedRegistry(*["unreachable"] * 10)
    with ThreadPoolExecutor(10) as clients:
        first = clients.submit(registry.ask)
        assert registry.queried.acquire(timeout=10)
        # These arrived too late for the query under way.
        later = [clients.submit(registry.ask) for _ in range(9)]
        time.sleep(0.2)
        registry.permitted.release(10)
        assert {each.result(10).state for each in [first, *later]} == {"unreachable"}
    queries = 10 - len(registry.left)
    assert queries in (2, 3), "one under way, one for those who waited, at most one for a late arrival"
