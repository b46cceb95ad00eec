"""What must never happen, wherever it would: values in SQL text, secrets in what is kept, models from elsewhere.

Belongs here: rules over the whole tree, and secrets planted in the environment.
Not here: the API's keys and headers (serving/test_security.py).
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mlb_ml_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))
PLANTED = "Pl4nted-S3cret-of-a-t3st"
RUNS_SQL = {"execute", "executemany", "copy"}


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def built_text(node: ast.expr) -> bool:
    """Whether an expression puts values into text: an f-string, %, +, .format or .join of anything but constants."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        sides = (node.left, node.right)
        return not all(isinstance(side, ast.Constant | ast.Call | ast.Name) and not built_text(side) for side in sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "join"}:
        # psycopg.sql's own format and join quote what they are given; str's do not.
        return isinstance(node.func.value, ast.Constant)
    return False


def test_no_value_is_written_into_sql():
    """A team name from a payload that ends a string literal is how a database is lost."""
    found = [
        f"{module.relative_to(PACKAGE)}:{node.lineno}: {ast.unparse(node.args[0])[:120]}"
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RUNS_SQL
        and node.args
        and built_text(node.args[0])
    ]
    assert not found


def test_no_query_file_leaves_a_place_for_str_format():
    """{names} in a query file are for psycopg.sql's identifiers and literals; nothing else may fill them."""
    for module in MODULES:
        text = module.read_text()
        assert not re.search(r'query\("[a-z_]+"\)\s*(%|\.format\(|\.replace\()', text), module.name


def test_nothing_unpickles_and_nothing_evaluates():
    """A model file that can hold code is code from those who can write the artifact store."""
    for module, node in ((file, node) for file in MODULES for node in ast.walk(tree_of(file))):
        place = f"{module.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.split(".")[0] for alias in node.names} | {getattr(node, "module", None) or ""}
            assert not names & {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}, place
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            assert name not in {"eval", "exec"} or owner is not None, place
            assert name != "read_pickle", place
            if name == "load" and isinstance(owner, ast.Name) and owner.id in {"np", "numpy"}:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                refused = given.get("allow_pickle")
                assert isinstance(refused, ast.Constant), place
                assert refused.value is False, place
            shell = next((keyword for keyword in node.keywords if keyword.arg == "shell"), None)
            assert shell is None, f"{place}: a shell reads quotes and dollars"


def test_no_secret_stands_in_the_tree():
    """A key that was committed once is public for ever."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    shapes = re.compile(
        r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[A-Za-z0-9-]{10,}"
        r"|postgres(?:ql)?(?:\+\w+)?://\w+:[^@\s{$'\"]{4,}@(?!host|localhost|127)"
    )
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if not path.is_file():
            continue
        # Tests plant passwords in order to look for them.
        planted = "mlb_ml_assets_tests" in path.parts and "//" in path.read_text(errors="replace")
        if path.suffix not in {".png", ".gz", ".npz", ".txt"} and not planted:
            found += [f"{name}: {match.group()[:20]}…" for match in shapes.finditer(path.read_text(errors="replace"))]
    assert not found


def test_settings_and_connection_errors_never_tell_the_password(monkeypatch):
    """The first thing that people paste into an issue is the error of a connection."""
    environment = {
        "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "POSTGRES_USER": "someone", "POSTGRES_PASSWORD": PLANTED,
        "MLFLOW_BACKEND_STORE_URI": f"postgresql://u:{PLANTED}@h/d", "MLB_ML_HOME": "/nonexistent",
    }  # fmt: skip
    settings = DatabaseSettings.from_environment(environment)
    assert PLANTED not in repr(settings)
    with pytest.raises(DatabaseUnreachable) as refused:
        connect(settings.dsn, "test")
    assert PLANTED not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)


@pytest.mark.parametrize(
    "command", [("status",), ("board",), ("run", "--from", "2024-04-01", "--to", "2024-04-02"), ("migrate",)]
)
def test_a_command_that_fails_never_tells_the_secrets(command, tmp_path):
    """Logs of a failed night are kept for years and read by many."""
    done = subprocess.run(
        [sys.executable, "-m", "mlb_ml_assets.cli", *command],
        env={
            **os.environ,
            "MLB_ML_HOME": str(tmp_path),
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": "1",
            "POSTGRES_PASSWORD": PLANTED,
            "ODDS_API_KEY": PLANTED,
            "THE_ODDS_API_KEY": PLANTED,
            "MLB_ML_ODDS_API_KEY": PLANTED,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert PLANTED not in done.stdout + done.stderr
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert PLANTED.encode() not in path.read_bytes(), path


def test_the_keyed_source_never_tells_its_key(monkeypatch):
    """The key travels in the query string: an endpoint that is kept, logged or put into an error must not have it."""
    from mlb_ml_assets.sources import the_odds_api
    from mlb_ml_assets.sources.catalogue import source_of

    names = set(re.findall(r'"([A-Z_]*(?:KEY|TOKEN)[A-Z_]*)"', Path(the_odds_api.__file__).read_text()))
    assert names, "where is the key read from?"
    for name in names:
        monkeypatch.setenv(name, PLANTED)
    client = source_of("the_odds_api").client(recall=lambda _endpoint: None)
    assert PLANTED not in repr(client)
    assert PLANTED not in repr(vars(client)) or "headers" not in repr(vars(client))
    client.close()


def test_run_tags_and_parameters_hold_no_environment():
    """MLflow and Dagster keep tags for ever and show them to everyone with access."""
    for module in (*(PACKAGE / "registry").glob("*.py"), *(PACKAGE / "assets").glob("*.py")):
        text = module.read_text()
        assert not re.search(r"(set_tags?|log_params?|metadata=)\([^)]*os\.environ", text), module.name


def test_each_promise_of_the_security_page_names_its_test():
    """A promise without a test is a wish: the page promised bounded sizes, and three kinds of files were not."""
    rows = re.findall(r"^\| .* \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)[2:]
    assert len(rows) > 20
    for row in rows:
        found = re.search(r"`([\w/]+\.py)::(test_\w+)` \|$", row)
        assert found, row
        file, name = found.groups()
        assert re.search(rf"^def {name}\(", (ROOT / "mlb_ml_assets_tests" / file).read_text(), re.MULTILINE), row
