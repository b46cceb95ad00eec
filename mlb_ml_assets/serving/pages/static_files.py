"""Style sheet, script and icon of the pages.

Belongs here: the files of the package by name, addresses with a digest of their content, long caching.
Not here: files outside the folder; only names found in it at the start are served.
"""

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from mlb_ml_assets.serving.problems import not_found
from mlb_ml_assets.serving.representations import Representation

FOLDER = Path(__file__).resolve().parents[1] / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# Swagger UI as a package ships it; the package itself is never imported.
_SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")
router = APIRouter()


@cache
def files() -> dict[str, Representation]:
    """Every file by name, read once."""
    return {
        path.name: Representation(
            path.read_bytes(), _TYPES[path.suffix], cache_control="public, max-age=31536000, immutable"
        )
        for path in [*sorted(FOLDER.iterdir()), *(_swagger_folder() / name for name in _SWAGGER_FILES)]
        if path.suffix in _TYPES
    }


def _swagger_folder() -> Path:
    found = importlib.util.find_spec("fastapi_offline")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "static"


@cache
def static_url(name: str) -> str:
    """The address of a file; changes with its content."""
    digest = hashlib.sha256(files()[name].body).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@router.get("/static/{name}")
async def static_file(name: str, request: Request) -> Response:
    """One file."""
    found = files().get(name)
    if found is None:
        raise not_found("no-such-file", "there is no such file", "path.name", name)
    return found.response(request)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """The icon, for browsers that request it by default."""
    return files()["icon.svg"].response(request)
