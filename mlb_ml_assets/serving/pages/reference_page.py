"""The API reference.

Belongs here: /reference, rendered from the OpenAPI document.
Not here: the document (FastAPI builds it).
"""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.representations import Representation

router = APIRouter()


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
