"""`mlb-ml bench`: the checkout's benchmarks, which the installed package does not contain.

Belongs here: finding them, and the message where they are missing.
Not here: the benchmarks (benchmarks/ beside the package).
"""

from collections.abc import Callable


class NotInACheckout(ImportError):
    """The benchmarks are not installed with the package."""


def load_benchmarks() -> Callable[..., None]:
    """`benchmarks.run.run_benchmarks`.

    Raises:
        NotInACheckout: the package runs without its source tree.
    """
    try:
        from benchmarks.run import run_benchmarks
    except ModuleNotFoundError as error:
        # A benchmark's own missing dependency is another matter, and names itself.
        if error.name not in {"benchmarks", "benchmarks.run"}:
            raise
        raise NotInACheckout(
            "the benchmarks are part of the checkout, not of the installed package: run `make bench` there"
        ) from error
    return run_benchmarks
