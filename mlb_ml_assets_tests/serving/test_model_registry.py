"""What the API remembers of the model registry.

Belongs here: when an answer may be shared, and when the registry must be asked anew.
Not here: a real MLflow that dies (deploy/test_killed_services.py).
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from mlb_ml_assets.serving.model_registry import ModelRegistry, RegistryState


class Told(ModelRegistry):
    """A registry that answers from a list, each answer once it may."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self.left = list(answers)
        self.asked, self.may = threading.Semaphore(0), threading.Semaphore(0)

    def _asked(self) -> RegistryState:
        self.asked.release()
        assert self.may.acquire(timeout=10)
        return RegistryState(self.left.pop(0))


def test_a_registry_that_is_back_is_believed_at_once():
    """A refusal remembered for a second: the first request after the database's return was turned away."""
    registry = Told("unreachable", "ok")
    registry.may.release(2)
    assert registry.settled().state == "unreachable"
    assert registry.settled().state == "ok"


def test_requests_that_wait_for_one_answer_share_it():
    """A hanging registry costs seconds a question: one after the other, ten clients would wait ten times as long."""
    registry = Told(*["unreachable"] * 10)
    with ThreadPoolExecutor(10) as clients:
        first = clients.submit(registry.ask)
        assert registry.asked.acquire(timeout=10)
        # These came too late for the question under way.
        later = [clients.submit(registry.ask) for _ in range(9)]
        time.sleep(0.2)
        registry.may.release(10)
        assert {each.result(10).state for each in [first, *later]} == {"unreachable"}
    questions = 10 - len(registry.left)
    assert questions in (2, 3), "one under way, one for those who waited, at most one for whoever was slow to come"
