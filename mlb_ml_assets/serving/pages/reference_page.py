"""The API reference: as a page, and as interactive documentation.

Belongs here: /reference, rendered from the OpenAPI document, and /docs, Swagger UI from files of this machine.
Not here: the document (FastAPI builds it), the files (static_files.py).
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from mlb_ml_assets.serving.middleware import CONTENT_SECURITY_POLICY
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.representations import Representation

router = APIRouter()
# Swagger UI draws its icons from data: addresses.
_DOCS_POLICY = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' data:")


@router.get("/reference")
def reference(request: Request) -> Response:
    """Every operation with its parameters."""
    document = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "description": operation.get("description", ""),
                "parameters": [
                    {
                        "name": each["name"],
                        "description": each.get("description") or each.get("schema", {}).get("description", ""),
                    }
                    for each in operation.get("parameters", [])
                ],
            }
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(shown)
    body = render("reference.html", section="reference", groups=groups, document=document)
    return Representation(body, HTML).response(request)


@router.get("/docs")
def docs() -> Response:
    """Interactive documentation of the API."""
    headers = {"Content-Security-Policy": _DOCS_POLICY}
    return Response(render("docs.html"), media_type=HTML, headers=headers)
