"""The `mlb-ml` command as people type it.

Belongs here: exit codes, one clear sentence for each mistake, the README's SQL.
Not here: the demo (test_demo.py), the stack's commands (stack/).
"""

import io
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from mlb_ml_assets.serving.board import _cells

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("materialise",), 2, "No such command 'materialise'"),
        (("run", "--from", "2024-13-01"), 2, "'2024-13-01' is not a day: type one such as 2018-07-01"),
        (("run", "--from", "2024-05-02", "--to", "2024-05-01"), 2, "2024-05-01 is before --from 2024-05-02"),
        (("board", "--date", "tomorow"), 2, "'tomorow' is not a day"),
        (("archive", "restore", "2019-13"), 2, "'MONTH': '2019-13' is not a month: type one such as 2019-04"),
        (("history", "fetch", "--seasons", "2018-2010"), 1, "ends before it begins; give 2010-2018"),
        (("history", "fetch", "--seasons", "1850"), 1, "give seasons from 1898 to"),
        (("run", "--from", "2024-05-01", "--to", "2024-05-01", "--select", "guess"), 1, "choose among prepare, train"),
        (("run", "--from", "1999-05-01", "--to", "1999-05-02"), 1, "no game between 1999-05-01 and 1999-05-02"),
        (("board",), 1, "no predictions yet"),
        (("history", "import", "/nowhere/at/all"), 1, "/nowhere/at/all does not exist"),
        (("backtest", "--from", "2024-04-01", "--to", "2024-04-30"), 1, "no features stored"),
        (("psql", "-c", "SELECT nothing FROM nowhere"), 1, "nowhere"),
        (("ingest", "the_moon"), 1, "the_moon"),
        (("bench", "the_moon"), 1, "no benchmark 'the_moon'"),
        (("bench", "--scale", "2M"), 1, "--scale '2M': choose among"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_a_mistake_gets_one_clear_sentence(database, mlb_ml, arguments, code, words):
    """A traceback for a typo teaches people not to read the output."""
    outcome = mlb_ml(*arguments, **database.environment)
    assert outcome.code == code, outcome.stderr[-800:]
    assert words in " ".join(outcome.stderr.replace("│", " ").split())
    assert "Traceback" not in outcome.stderr


def test_a_wrong_password_is_not_repeated(database, mlb_ml):
    """Logs are shared; what is in them is no secret any more."""
    environment = {
        **database.environment,
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": "1",
        "POSTGRES_PASSWORD": "hunter2",
    }
    outcome = mlb_ml("board", **environment)
    assert outcome.code == 1
    assert "hunter2" not in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.strip()


def statements():
    """The README's `mlb-ml psql -c` statements."""
    found = re.findall(r'mlb-ml (?:--demo )?psql -c "(.*?)"', README.read_text(), flags=re.DOTALL)
    assert len(found) >= 4
    return found


@pytest.mark.parametrize("statement", statements(), ids=lambda text: " ".join(text.split())[:50])
def test_the_readmes_sql_runs(played, statement, capsys):
    """An example that fails is the first thing that a newcomer sees."""
    from mlb_ml_assets.stack.psql import psql

    assert psql(statement, csv=True) in (0, None)
    assert capsys.readouterr().out.count("\n") >= 1


def test_the_readmes_question_has_rows_for_a_season_that_was_played(played, capsys):
    """A query that runs and finds nothing answers nobody: names of models, versions and windows must be ours."""
    from mlb_ml_assets.stack.psql import psql

    (comparison,) = [text for text in statements() if "market_comparison" in text]
    psql(comparison.replace("2018-01-01", "2025-01-01").replace("2017-01-01", "2024-01-01"), csv=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    (returns,) = [text for text in statements() if "avg(clv_expected_value)" in text]
    psql(returns.replace("2017-06-01", "2024-04-01").replace("2017-07-01", "2024-05-01"), csv=True)
    assert len(capsys.readouterr().out.splitlines()) > 1


INTERRUPTED_AT_IMPORT = """
import importlib.abc, os, signal, sys
from mlb_ml_assets import entry
class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "mlb_ml_assets.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
signal.signal(signal.SIGINT, signal.default_int_handler)
entry.main()
"""


def test_ctrl_c_in_the_first_moments_is_no_traceback():
    """The imports of the command were interrupted, and showed where."""
    command = [sys.executable, "-c", INTERRUPTED_AT_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


def test_a_books_name_is_text_on_the_board():
    """`[/x]` in a source's catalog ended the board in a MarkupError, an escape sequence reached the terminal."""
    line = dict.fromkeys(("model_probability", "market_probability", "final_probability"), 0.5)
    line |= {"side": "home", "market_type": "moneyline", "line_value": None, "stake": 0.0, "no_bet_reason": "[/x]"}
    line |= {"odds": 110, "book_name": "[/x]\x1b[2J", "expected_value": 0.01}
    console = Console(width=200, file=io.StringIO())
    table = Table()
    table.add_row(*_cells(line))
    console.print(table)
    assert "+110 [/x]\\x1b[2J" in console.file.getvalue()
