"""The `mlb-ml` command.

Belongs here: the commands, their options and their exit codes.
Not here: the work; each command imports what it needs when it is called.
"""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mlb_ml_assets.commands import api_keys, archive
from mlb_ml_assets.commands.days import check_order, day_option

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="MLB betting models as Dagster assets over one PostgreSQL database.",
    pretty_exceptions_enable=False,
)
history = typer.Typer(no_args_is_help=True, help="Import archives, export a bundle.")
forecasts = typer.Typer(no_args_is_help=True, help="Forecasts of others, scored beside ours.")
model = typer.Typer(no_args_is_help=True, help="The registered model: champion, challenger, rollback.")
app.add_typer(history, name="history")
app.add_typer(model, name="model")
app.add_typer(forecasts, name="forecasts")
app.add_typer(api_keys.app, name="api-key")
app.add_typer(archive.app, name="archive")

_INTERRUPTED = 130
_UpgradeMlflow = Annotated[
    bool,
    typer.Option("--upgrade-mlflow", help="Let the store that MLFLOW_BACKEND_STORE_URI names be upgraded."),
]


def main() -> None:
    """Run the command; an expected failure is one sentence on standard error and exit code 1."""
    from mlb_ml_assets.stack.environment import load_env_file

    try:
        load_env_file()
        app()
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            print("Interrupted. What was committed is kept; run the same command again to continue.", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        if not (_is_expected(error) or _is_refusal(error)):
            raise
        print(f"mlb-ml: {str(error).strip()}", file=sys.stderr)
        sys.exit(1)


def _is_expected(error: Exception) -> bool:
    """Errors that this project raises carry their own instructions; anything else shows its traceback."""
    return type(error).__module__.partition(".")[0] in {"mlb_ml_assets", "benchmarks"}


def _is_refusal(error: Exception) -> bool:
    """Whether the server lacked a right, room on its disk, or a session that may write: its reason is enough."""
    return getattr(error, "sqlstate", None) in {"25006", "42501", "53100"}


@app.callback()
def choose_database(
    demo_league: Annotated[
        bool, typer.Option("--demo", help="Work on the database of the demo's simulated league.")
    ] = False,
) -> None:
    """MLB betting models as Dagster assets over one PostgreSQL database."""
    if demo_league:
        from mlb_ml_assets.commands.demo_home import use_demo_home

        use_demo_home()


@app.command()
def demo() -> None:
    """Run every job once on a simulated league, and print the board."""
    from mlb_ml_assets.commands.demo import run_demo

    run_demo()


@app.command()
def start(
    *,
    seasons: Annotated[
        str | None, typer.Option(help="A year, a range such as 2010-2018; default: the last two full seasons.")
    ] = None,
    sources: Annotated[str | None, typer.Option(help="Live sources to collect, comma separated, or none.")] = None,
    books: Annotated[str | None, typer.Option(help="Sportsbooks where you bet, comma separated, or any.")] = None,
    bankroll: Annotated[str | None, typer.Option(help="In dollars.")] = None,
    alerts: Annotated[str | None, typer.Option(help="Address for alerts, such as slack://…, or none.")] = None,
    base_url: Annotated[str | None, typer.Option(help="A mirror that serves the same paths as the publishers.")] = None,
    from_folder: Annotated[Path | None, typer.Option(help="Archives already downloaded: no network.")] = None,
    box_scores: Annotated[
        bool, typer.Option(help="Read seasons that Retrosheet does not have yet from MLB, about 45 minutes each.")
    ] = True,
    replace: Annotated[bool, typer.Option("--replace", help="Replace other values that .env has.")] = False,
    open_page: Annotated[bool, typer.Option("--up/--no-up", help="End with the page, as `up` does.")] = True,
) -> None:
    """From an empty folder to a page with real seasons: asks, writes .env, fetches, runs, trains.

    Options answer questions; without a terminal the others take their defaults, and MLB_ML_THE_ODDS_API_KEY is the key.
    """
    from mlb_ml_assets.commands.start import Answers
    from mlb_ml_assets.commands.start import start as start_here

    given = Answers(seasons, sources, books=books, bankroll=bankroll, alerts=alerts)
    start_here(given, mirror=base_url, folder=from_folder, box_scores=box_scores, replace=replace)
    if open_page:
        up()


@app.command()
def up(upgrade_mlflow: _UpgradeMlflow = False) -> None:
    """Start the database, MLflow, the Dagster UI and daemon, and the API on loopback; Ctrl-C stops them."""
    from mlb_ml_assets.commands.demo_services import declare_services
    from mlb_ml_assets.commands.run_news import follow_runs
    from mlb_ml_assets.stack.services import up as start

    start(upgrade_mlflow=upgrade_mlflow, declare=declare_services, follow=follow_runs)


@app.command()
def down() -> None:
    """Stop everything that `up` or another command started, including the embedded database."""
    from mlb_ml_assets.stack.services import down as stop

    stop()


@app.command()
def status(
    connections: Annotated[bool, typer.Option("--connections", help="Show how BI tools connect, instead.")] = False,
) -> None:
    """Show what runs, where, and since when."""
    if connections:
        from mlb_ml_assets.stack.connections import show_connections

        show_connections(typer.echo)
        return
    from mlb_ml_assets.commands.demo_services import declare_services
    from mlb_ml_assets.stack.services import status as show

    sys.exit(show(declare=declare_services))


@app.command()
def migrate(
    mlflow: Annotated[bool, typer.Option("--mlflow", help="Migrate MLflow's tables too, in schema mlflow.")] = False,
    upgrade_mlflow: _UpgradeMlflow = False,
    logins: Annotated[
        bool,
        typer.Option(
            "--logins",
            help="Let the services log in whose password is set: MLB_ML_API_PASSWORD, _MLFLOW_, _DAGSTER_, _CODE_.",
        ),
    ] = False,
) -> None:
    """Apply the migrations that the database lacks."""
    from mlb_ml_assets.stack.database import ensure_database
    from mlb_ml_assets.warehouse.migrations import migrate as apply

    settings = ensure_database(migrated=False)
    applied = apply(settings.dsn)
    print("\n".join(f"applied {name}" for name in applied) if applied else "up to date")
    if mlflow:
        from mlb_ml_assets.stack.mlflow_server import migrate_mlflow

        migrate_mlflow(settings, may_upgrade=upgrade_mlflow)
        print("MLflow's tables are up to date")
    if logins:
        from mlb_ml_assets.warehouse.connection import connect
        from mlb_ml_assets.warehouse.logins import allow_logins

        with connect(settings.dsn, "mlb_ml:logins") as connection:
            print(f"may log in: {', '.join(allow_logins(connection))}")


@app.command()
def serve_mlflow(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 5000,
    allowed_hosts: Annotated[
        str | None, typer.Option(help="Host names to answer besides local ones, comma separated.")
    ] = None,
) -> None:
    """Run the MLflow server of the project's database: one worker, artifacts served; for a container of its own."""
    from mlb_ml_assets.stack.mlflow_server import serve_mlflow as serve

    serve(host, port, allowed_hosts or "")


@app.command()
def contract() -> None:
    """Compare the database with what the pipeline needs, changing nothing; exit code 1 if it must not write."""
    from mlb_ml_assets.stack.database import find_database
    from mlb_ml_assets.warehouse.connection import connect
    from mlb_ml_assets.warehouse.contract import check_contract
    from mlb_ml_assets.warehouse.mlflow_store import read_mlflow_store

    settings = find_database()
    with connect(settings.dsn, application_name="mlb_ml:contract") as connection:
        report = check_contract(connection)
    print(report.render())
    store = read_mlflow_store(settings)
    if store is not None:
        print(store.render())
    sys.exit(report.exit_code)


@history.command("fetch")
def history_fetch(
    seasons: Annotated[str, typer.Option(help="A year, a range such as 2010-2018, or several with commas.")],
    base_url: Annotated[str | None, typer.Option(help="A mirror that serves the same paths as the publishers.")] = None,
    from_folder: Annotated[
        Path | None, typer.Option(help="Archives already downloaded (2016csvs.zip, people-0.csv, ...): no network.")
    ] = None,
    box_scores: Annotated[
        bool, typer.Option(help="Read seasons that Retrosheet does not have yet from MLB, about 45 minutes each.")
    ] = True,
) -> None:
    """Fetch real seasons (Retrosheet, Chadwick register, MLB's schedule, free odds workbooks) and import them."""
    from mlb_ml_assets.commands.history import fetch_archives

    fetch_archives(seasons, mirror=base_url, folder=from_folder, box_scores=box_scores)


@history.command("import")
def history_import(
    paths: Annotated[list[Path], typer.Argument(help="Bundle folder or files, gl*.zip, workbooks.")],
) -> None:
    """Import archives: the history bundle, Retrosheet game logs, sportsbookreviewsonline workbooks."""
    from mlb_ml_assets.commands.history import import_archives

    import_archives(paths)


@history.command("export")
def history_export(folder: Annotated[Path, typer.Argument(help="An empty or new folder.")]) -> None:
    """Export the database as a history bundle."""
    from mlb_ml_assets.commands.history import export_archive

    export_archive(folder)


@forecasts.command("import")
def forecasts_import(
    file: Annotated[Path, typer.Argument(help="CSV: who, game, instant, home_win, over, cover; or forecasts_538.")],
) -> None:
    """Store forecasts of others: each counts for the decisions after its instant, on the same games as ours."""
    from mlb_ml_assets.commands.forecasts import import_forecast_file

    import_forecast_file(file)


@app.command()
def ingest(
    source: Annotated[
        str, typer.Argument(help="mlb_stats_api, action_network, sportsbettingdime, vsin, the_odds_api …")
    ],
    day: Annotated[date | None, day_option("--date", "Default: today, Eastern.")] = None,
    from_files: Annotated[
        list[Path] | None, typer.Option(help="Recorded payloads instead of the network: plain, .gz, .tar.xz, folders.")
    ] = None,
    captured_at: Annotated[
        str | None, typer.Option(help="Capture instant of the files (ISO), if they do not record it.")
    ] = None,
    retry_quarantine: Annotated[
        bool, typer.Option(help="Parse quarantined records again after a parser was fixed.")
    ] = False,
) -> None:
    """Ingest one source once, or payloads recorded earlier as if just fetched."""
    from mlb_ml_assets.commands.ingest import ingest_source

    ingest_source(source, day, from_files or [], captured_at, retry=retry_quarantine)


@app.command()
def export(
    table: Annotated[
        str, typer.Argument(help="A table such as ml_predictions or staging.archive_quotes, or all.")
    ] = "",
    file_format: Annotated[str, typer.Option("--format", help="parquet, csv or xlsx.")] = "parquet",
    folder: Annotated[Path, typer.Option("--to-folder", help="Where the files go.")] = Path(),
    first: Annotated[date | None, day_option("--from", "Default: all.")] = None,
    last: Annotated[date | None, day_option("--to", "Default: all.")] = None,
    list_names: Annotated[bool, typer.Option("--list", help="Print the names of all tables.")] = False,
) -> None:
    """Write a table, or all tables of curated, to parquet, CSV or spreadsheet files."""
    from mlb_ml_assets.commands.export import export_tables, print_tables

    if list_names:
        print_tables()
        return
    if not table:
        raise typer.BadParameter("name a table, or all; --list prints the names", param_hint="TABLE")
    if file_format not in {"parquet", "csv", "xlsx"}:
        raise typer.BadParameter("choose parquet, csv or xlsx", param_hint="--format")
    check_order(first, last)
    export_tables(table, folder, file_format, first, last)


@app.command()
def psql(
    command: Annotated[str | None, typer.Option("-c", help="One statement instead of a prompt.")] = None,
    csv: Annotated[bool, typer.Option(help="Print rows as CSV.")] = False,
) -> None:
    """Open a SQL prompt on the project's database, or run one statement."""
    from mlb_ml_assets.stack.psql import psql as run_psql

    sys.exit(run_psql(command, csv=csv))


@app.command()
def run(
    first: Annotated[date | None, day_option("--from", "Default: today.")] = None,
    last: Annotated[date | None, day_option("--to", "Default: today.")] = None,
    select: Annotated[
        str | None, typer.Option(help="Only these jobs, comma separated: prepare, train, predict, score.")
    ] = None,
    rebuild: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Build the features anew beside the stored ones; give the whole history."),
    ] = None,
) -> None:
    """Materialize a range of days through Dagster: features, models, predictions, performance."""
    from mlb_ml_assets.commands.run import run_range

    check_order(first, last)
    run_range(first, last, select, rebuild=rebuild)


@app.command()
def backtest(
    first: Annotated[date, day_option("--from")],
    last: Annotated[date, day_option("--to")],
    stage: Annotated[str | None, typer.Option(help="open or lineup; default: both.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the verdict to this file as JSON.")] = None,
    forecaster: Annotated[str | None, typer.Option(help="Deprecated: use `forecasts import`.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Deprecated: its forecasts, with game_id.")] = None,
    column: Annotated[str | None, typer.Option(help="Deprecated: its home-win column.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a picture of the verdict to this file (PNG).")] = None,
    *,
    without_weather: Annotated[
        bool, typer.Option("--without-weather", help="Leave the weather of all games out, observed or forecast.")
    ] = False,
) -> None:
    """Replay stored features walk-forward, and score them against open and close."""
    from mlb_ml_assets.commands.backtest import BacktestOptions, run_backtest

    check_order(first, last)
    run_backtest(
        BacktestOptions(
            first=first, last=last, stage=stage, forecaster=forecaster, csv=csv, column=column,
            json_file=json_file, plot=plot, without_weather=without_weather,
        )
    )  # fmt: skip


@app.command()
def board(
    day: Annotated[
        date | None,
        day_option("--date", "Default: the last day with predictions."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Show the slate: probabilities, prices, expected value, stakes."""
    from mlb_ml_assets.commands.show_board import show_board

    show_board(day, as_json=as_json)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Names of benchmarks; default: the quick ones.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    scale: Annotated[str, typer.Option(help="Rows of the odds table: 1M, 3M (a season), 10M, 35M.")] = "1M",
) -> None:
    """Run the benchmarks, each beside the plain limit of this machine; in a checkout only."""
    from mlb_ml_assets.commands.bench import load_benchmarks

    load_benchmarks()(names or [], as_json=as_json, scale=scale)


@model.command("show")
def model_show() -> None:
    """Show champion and challenger, since when and why."""
    from mlb_ml_assets.commands.promotion import show_aliases

    show_aliases()


@model.command("promote")
def model_promote(
    force: Annotated[bool, typer.Option(help="Promote regardless of the comparison; the reason is recorded.")] = False,
) -> None:
    """Compare challenger, champion and market on the same held-out games; promote, or print why not."""
    from mlb_ml_assets.commands.promotion import promote_challenger

    promote_challenger(force=force)


@model.command("tune")
def model_tune(
    choice: Annotated[list[str], typer.Option(help="NAME=NUMBER,NUMBER of modeling/config.py; may be repeated.")],
    through: Annotated[int, typer.Option(help="Last season that the search may use.")],
) -> None:
    """Search settings on training seasons only; every trial is logged in MLflow, nothing is changed."""
    from mlb_ml_assets.commands.tune import tune

    tune(choice, through)


@model.command("rollback")
def model_rollback() -> None:
    """Make the previous champion champion again."""
    from mlb_ml_assets.commands.promotion import roll_back_champion

    roll_back_champion()


if __name__ == "__main__":
    main()
