"""The house rules that no tool checks by itself.

Belongs here: import rules, module headers, what must not stand in the tree.
Not here: behaviour.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mlb_ml_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_rooms_import_only_what_their_row_allows():
    """A pure room that learns of the database cannot be tested or trusted alone any more."""
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_belongs_in_it(module):
    """A stranger finds the file by its first lines, and knows what not to add to it."""
    head = module.read_text()[:1500]
    assert head.startswith('"""'), f"{module.name} opens without a docstring"
    assert re.search(r"^Belongs here: ", head, re.MULTILINE), f"{module.name} does not say what belongs in it"
    assert re.search(r"^Not here: ", head, re.MULTILINE), f"{module.name} does not say what does not"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_one_job(module):
    """Files that grow past 320 lines have always had a second job in them."""
    assert len(module.read_text().splitlines()) <= 320


@pytest.mark.parametrize("room", ["assets", "automation", "resources"])
def test_dagster_can_resolve_annotations(room):
    """With postponed annotations a config class cannot be resolved, and the code location does not load."""
    for module in (PACKAGE / room).glob("*.py"):
        assert "from __future__ import annotations" not in module.read_text(), module.name


def test_the_tree_names_no_machine_and_no_index():
    """A path of one machine, or the address of a package index, breaks the next machine."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    pattern = re.compile(
        r"(?<![\w.])/(?:root|home/\w+|work|farm)/|https?://[a-z.]*(?:pypi|pythonhosted|npmjs|debian)[a-z.]*/"
    )
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file() or path.suffix in {".png", ".gz", ".npz"}:
            continue
        found += [f"{name}: {match.group()}" for match in pattern.finditer(path.read_text(errors="replace"))]
    assert not found
