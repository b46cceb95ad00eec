"""The documentation as a site.

Belongs here: the build of docs/ and the root's pages, its links, its search, what it loads.
Not here: whether a page is right (test_house.py, test_inventory.py).
"""

import json
import logging
import re
import shutil
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).parents[1]
ROOT_PAGES = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")


def _build(root: Path, site: Path) -> None:
    config = load_config(str(root / "mkdocs.yml"), site_dir=str(site))
    config.plugins.run_event("startup", command="build", dirty=False)
    build(config)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    _build(ROOT, folder)
    return folder


def test_every_page_is_built_and_found_by_search(site):
    """A page that is in no menu and in no index exists only for those who wrote it."""
    built = {page.name for page in site.glob("*.html")} - {"404.html", "search.html"}
    assert built >= {path.with_suffix(".html").name for path in (ROOT / "docs").glob("*.md")}
    assert built >= {"index.html", "security.html", "contributing.html", "changelog.html"}
    found = {each["location"].partition("#")[0] for each in json.loads(_search_index(site))["docs"]}
    assert built <= {*found, "index.html"}


def test_the_site_loads_nothing_from_other_hosts(site):
    """A font or a script of a delivery network fails behind a firewall, and tells others who reads what."""
    loads = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^"'\s>]+""")
    outside = {page.name: found for page in site.rglob("*.html") if (found := loads.findall(page.read_text()))}
    assert not outside
    sheets = {
        sheet.name: re.findall(r"url\(['\"]?(?:https?:)?//[^)]+", sheet.read_text()) for sheet in site.rglob("*.css")
    }
    assert not {name: found for name, found in sheets.items() if found}


@pytest.mark.parametrize(
    "link", ["[a page](featurez.md)", "[a heading](api.md#nowhere)", "![a picture](images/no.png)"]
)
def test_a_broken_link_fails_the_build(tmp_path, link, caplog):
    """A heading that was renamed leaves its readers at the top of a long page."""
    for name in ("mkdocs.yml", *ROOT_PAGES):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    page = tmp_path / "docs" / "betting.md"
    page.write_text(f"{page.read_text()}\n{link}\n")
    with caplog.at_level(logging.WARNING, "mkdocs"), pytest.raises(Abort):
        _build(tmp_path, tmp_path / "site")


def test_the_readme_is_short():
    """A longer one is a manual, and is read by nobody before the first command."""
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def _search_index(site: Path) -> str:
    return (site / "search" / "search_index.json").read_text()
