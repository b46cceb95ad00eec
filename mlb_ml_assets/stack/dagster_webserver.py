"""Dagster's web server behind the gateway.

Belongs here: `dagster-webserver` with all its options, serving through the gateway.
Not here: who may reach it (gateway.py), what the pages show (Dagster's own).
"""

import os
import sys
from typing import Any, Final

from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.stack.gateway import Gateway, read_service_token
from mlb_ml_assets.warehouse.settings import project_home

TOKEN_VARIABLE: Final = "MLB_ML_DAGSTER_TOKEN"  # nosec B105  # noqa: S105 (a name)
_MAX_HEADER_BYTES = 64 * 1024


def main(arguments: list[str]) -> None:
    """`dagster-webserver` with these options."""
    from dagster_webserver import cli

    # Dagster's command prepares workspace and instance, then calls this one function to listen. A version without it
    # stops here instead of listening unprotected.
    if not hasattr(cli, "host_dagster_ui_with_workspace_process_context"):
        raise StackError("this version of dagster-webserver listens by another function: the gateway cannot wrap it")
    cli.host_dagster_ui_with_workspace_process_context = serve  # type: ignore[assignment]
    cli.cli(arguments, prog_name="dagster-webserver", auto_envvar_prefix="DAGSTER_WEBSERVER")


def serve(
    context: Any,
    host: str | None,
    port: int | None,
    path_prefix: str,
    log_level: str,
    live_data_poll_rate: int | None = None,
) -> None:
    """Listen as Dagster's own function does, with the gateway around the application and bounded headers."""
    import uvicorn
    from dagster_webserver.app import create_app_from_workspace_process_context

    app = Gateway(
        create_app_from_workspace_process_context(context, path_prefix, live_data_poll_rate),
        service="dagster",
        token=read_service_token("dagster", TOKEN_VARIABLE, project_home()),
        allowed_hosts=os.environ.get("MLB_ML_ALLOWED_HOSTS", "").split(","),
        # Versions of Dagster and nothing else: the health check of Dagster's chart.
        open_paths=[f"{path_prefix}/server_info"],
        query_paths=[f"{path_prefix}/graphql"],
    )
    uvicorn.run(
        app, host=host or "127.0.0.1", port=port or 3000, http="h11", access_log=False, log_level=log_level,
        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
