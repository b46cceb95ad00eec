"""The pages of the site that are no Markdown of docs/: files of the repository's root, and notebooks.

Belongs here: README, SECURITY, CONTRIBUTING and CHANGELOG with their links to `docs/` and to each other; notebooks with
their stored outputs.
Not here: what a page says, and how the site looks (mkdocs.yml, site.css).
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PAGES = {
    "README.md": "index.md",
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
_LINK = re.compile(r"\]\((?:docs/)?([\w./-]+\.(?:md|png|svg|ipynb))(#[\w-]+)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the root's files, their links written as seen from `docs/`, and each notebook as a page beside its file."""
    from nbconvert import MarkdownExporter

    root = Path(config.config_file_path).parent
    for notebook in root.glob("docs/*.ipynb"):
        text, _ = MarkdownExporter().from_filename(str(notebook))
        page = notebook.with_suffix(".md").name
        files.append(File.generated(config, page, content=f"{text}\n[The notebook]({notebook.name})\n"))
    for source, page in PAGES.items():
        text = _LINK.sub(lambda link: f"]({PAGES.get(link[1], link[1])}{link[2] or ''})", (root / source).read_text())
        files.append(File.generated(config, page, content=text))
    return files
