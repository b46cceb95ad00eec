"""The notebooks of docs/, executed.

Belongs here: each notebook on a played league; its stored outputs.
Not here: the functions that it reads with (test_read.py).
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template

__all__ = ["played", "played_template", "prepared", "prepared_template"]
DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def notebook():
    return nbformat.read(DOCS / "beat_the_open.ipynb", as_version=4)


def _output_of(notebook) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    return "\n".join(output.get("text") or output.data["text/plain"] for output in outputs)


def test_the_notebook_answers_on_a_played_league(notebook, played, tmp_path, monkeypatch):
    """A notebook that nobody runs shows code that has been renamed since."""
    variables = {**os.environ, **played.environment, "IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(env=variables, cwd=str(tmp_path))
    text = _output_of(notebook)
    games = re.search(r"model minus open: .+ thousandths of a nat, (\d+) games", text)
    assert games
    assert int(games[1]) > 20
    assert re.search(r"every side \(placebo\) +\d+ +-", text), "betting on every side claims a profit"
    assert f"n {games[1]} games" in text.splitlines()[-1]


def test_the_stored_outputs_are_of_the_simulated_league(notebook):
    """Numbers of somebody's database beside a text about another."""
    text = _output_of(notebook)
    assert "simulated" in text
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "not executed in order, from the top"
