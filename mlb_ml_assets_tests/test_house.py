"""The house rules that no tool checks by itself.

Belongs here: the import table, imports that resolve, module headers, file length, what must not appear in the tree.
Not here: behavior.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mlb_ml_assets"
TESTS = ROOT / "mlb_ml_assets_tests"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAXIMUM_LINES = 500
TABLE_ROW = re.compile(r"^\| `(\w+)(?:/|\.py)` \| .+ \| (.+) \|$", re.MULTILINE)


def test_packages_are_layered_and_pure():
    """A pure package that reaches the database, directly or not, cannot be tested or trusted alone any more."""
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]


def test_packages_import_only_what_the_documented_table_allows():
    """A map that is looser or stricter than the check sends the next change into the wrong package."""
    allowed = _documented_table()
    top_level = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert allowed.keys() == top_level - {"__init__"}
    refused = [
        f"{path.relative_to(ROOT)}:{line} imports {package}"
        for path in MODULES
        if (importer := path.relative_to(PACKAGE).parts[0].removesuffix(".py")) in allowed
        for line, package in _imported_packages(path)
        if package not in allowed[importer] | {importer}
    ]
    assert not refused


def test_every_import_of_the_package_resolves():
    """A late import of a module that has moved fails only when its command runs, which may be on the day it matters."""
    unresolved = [
        f"{path.relative_to(ROOT)}:{line}: {module}{f'.{name}' if name else ''}"
        for path in (*MODULES, *sorted(TESTS.rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py")))
        for line, module, name in _own_imports(path)
        if not _resolves(module, name)
    ]
    assert not unresolved


def test_every_query_exists_and_is_used():
    """A query that no module names is dead, and a name without a file fails at run time only."""
    modules = (*MODULES, *sorted((ROOT / "benchmarks").rglob("*.py")))
    files = {path.stem for path in (ROOT / "sql" / "queries").glob("*.sql")}
    assert not set(re.findall(r"\bquery\(\"(\w+)\"\)", "\n".join(map(_read, modules)))) - files
    names = re.compile("|".join({pattern for module in modules for pattern in _name_patterns(module)}))
    assert not {name for name in files if not names.fullmatch(name)}


def test_every_module_says_what_belongs_in_it():
    """A stranger finds the file by its first lines, and knows what not to add to it."""
    for module in MODULES:
        header = ast.get_docstring(_tree(module)) or ""
        assert re.search(r"^Belongs here: ", header, re.MULTILINE), f"{module}: no 'Belongs here:' in its docstring"
        assert re.search(r"^Not here: ", header, re.MULTILINE), f"{module}: no 'Not here:' in its docstring"


def test_no_module_outgrows_its_subject():
    """Longer files have had a second subject in them."""
    lengths = {str(module.relative_to(PACKAGE)): len(_read(module).splitlines()) for module in MODULES}
    assert not {name: lines for name, lines in lengths.items() if lines > MAXIMUM_LINES}


@pytest.mark.parametrize("page", ["docs/house.md", "CONTRIBUTING.md"])
def test_the_map_names_files_that_exist(page):
    """The documentation placed the as-of rule in a file that did not have it."""
    named = set(re.findall(r"`((?!queries/)[a-z_]+/[a-z_/]+\.py)`", _read(ROOT / page)))
    assert named
    assert not {name for name in named if not ((ROOT / name).is_file() or (PACKAGE / name).is_file())}


@pytest.mark.parametrize("package", ["assets", "automation", "resources"])
def test_dagster_can_resolve_annotations(package):
    """With postponed annotations a config class cannot be resolved, and the code location does not load."""
    for module in (PACKAGE / package).rglob("*.py"):
        assert "from __future__ import annotations" not in _read(module), module.name


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


def _documented_table() -> dict[str, set[str]]:
    """For each package, those that docs/house.md lets it import; "all above" are the packages of the rows above."""
    table: dict[str, set[str]] = {}
    for package, cell in TABLE_ROW.findall(_read(ROOT / "docs" / "house.md")):
        table[package] = set(table) if cell == "all above" else set(re.findall(r"\w+", cell))
    return table


def _imported_packages(path: Path) -> Iterator[tuple[int, str]]:
    for line, module, name in _own_imports(path):
        parts = [*module.split("."), *filter(None, [name])]
        if parts[0] == PACKAGE.name and len(parts) > 1:
            yield line, parts[1]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_read(path))


def _name_patterns(path: Path) -> Iterator[str]:
    """Every string of a module that could be a query's name; f"check_{name}" means every name with that prefix."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"\w+", node.value):
            yield node.value
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            parts = (part.value if isinstance(part, ast.Constant) else r"\w+" for part in node.values)
            pattern = "".join(map(str, parts))
            if re.fullmatch(r"[a-z]\w*_\\w\+\w*", pattern):
                yield pattern


def _own_imports(path: Path) -> Iterator[tuple[int, str, str | None]]:
    """Line, module and name of every import from our packages, at any depth of the file."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name, None) for each in node.names if _is_ours(each.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            yield from ((node.lineno, node.module, each.name) for each in node.names)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in {PACKAGE.name, TESTS.name, "benchmarks"}


@cache
def _file_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _resolves(module: str, name: str | None) -> bool:
    path = _file_of(module)
    if path is None:
        return False
    return name is None or _file_of(f"{module}.{name}") is not None or name in _names_of(path)


@cache
def _names_of(path: Path) -> frozenset[str]:
    """The names that a module binds outside of functions and classes."""
    names: set[str] = set()
    pending: list[ast.AST] = list(_tree(path).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((each.asname or each.name).partition(".")[0] for each in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        pending.extend(ast.iter_child_nodes(node))
    return frozenset(names)
