"""`mlb-ml start`: from an empty folder to a page with real seasons, one question at a time.

Belongs here: the questions with their defaults and checks, and the order of the steps that follow.
Not here: the steps (history.py, run.py, promotion.py, stack/services.py), the file of the answers (env_file.py).

Every step can be interrupted: what was answered is in .env, what was fetched is in the cache, what was run is
committed, and the same command continues from there.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer
from rich.console import Console

from mlb_ml_assets.commands.env_file import write_settings
from mlb_ml_assets.commands.history import fetch_archives
from mlb_ml_assets.commands.promotion import promote_challenger
from mlb_ml_assets.commands.run import run_range
from mlb_ml_assets.commands.show_board import show_board
from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.flows.next_command import default_seasons
from mlb_ml_assets.identity.books import operator_of
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.sources.downloads import seasons_of
from mlb_ml_assets.sources.open_meteo import SOURCE as OPEN_METEO
from mlb_ml_assets.sources.the_odds_api import KEY_VARIABLE
from mlb_ml_assets.sources.the_odds_api import SOURCE as THE_ODDS_API
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.holdings import read_holdings
from mlb_ml_assets.warehouse.settings import SettingsError, read_bankroll

NONE, ANY = "none", "any"
_COLLECTED = tuple(spec.name for spec in SOURCES.values() if spec.collector is not None)
# Neither a source with a key nor Open-Meteo, which is free for non-commercial use only.
_DEFAULT_SOURCES = tuple(name for name in _COLLECTED if name not in {THE_ODDS_API, OPEN_METEO})
_OPERATORS = frozenset(
    operator
    for spec in SOURCES.values()
    for book in spec.books
    if book.bettable and (operator := operator_of(book.parent or book.name))
)


@dataclass(frozen=True)
class Answers:
    """What was given on the command line; None is asked for, or takes its default where nobody can be asked."""

    seasons: str | None = None
    sources: str | None = None
    the_odds_api_key: str | None = None
    books: str | None = None
    bankroll: str | None = None
    alerts: str | None = None


@dataclass(frozen=True)
class Question:
    """One question: its text, its default, and the check that gives the value to store.

    Attributes:
        variable: where the answer is stored; empty for the seasons, which are a matter of this call.
    """

    text: str
    default: str
    check: Callable[[str], str]
    variable: str = ""
    is_secret: bool = False


def start(
    given: Answers,
    *,
    mirror: str | None = None,
    folder: Path | None = None,
    box_scores: bool = True,
    replace: bool = False,
) -> None:
    """Ask, write .env, fetch, run, train, decide on a champion, and print the slate.

    Args:
        given: answers of the command line.
        mirror: address that serves the publishers' paths.
        folder: archives that are already here; nothing is fetched.
        box_scores: whether seasons without an archive are read from MLB.
        replace: whether other values that .env has are replaced without a question.

    Raises:
        BadParameter: an answer of the command line is not valid.
    """
    console, is_interactive = Console(), sys.stdin.isatty()
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:start") as connection:
        held = list(read_holdings(connection).seasons)
    answers = ask(given, held=held, is_interactive=is_interactive)
    seasons = answers.pop("")

    def may_replace(variable: str) -> bool:
        return replace or (is_interactive and typer.confirm(f".env has another {variable}. Replace it?", default=False))

    written, kept = write_settings(Path.cwd(), answers, may_replace)
    if written:
        console.print(f".env: wrote {', '.join(written)}", highlight=False)
    if kept:
        console.print(f".env: kept {', '.join(kept)}; --replace writes the new values", highlight=False)
    fetch_archives(seasons, mirror=mirror, folder=folder, box_scores=box_scores, console=console)
    years = seasons_of(seasons)
    run_range(date(years[0], 1, 1), min(date(years[-1], 12, 31), today()), None, console=console)
    promote_challenger(force=False)
    show_board(None, as_json=False)


def ask(given: Answers, *, held: list[int], is_interactive: bool) -> dict[str, str]:
    """The answer to each question by variable, that of the seasons by the empty name; an empty one stores nothing.

    Args:
        given: answers of the command line, which are checked and not asked for.
        held: seasons that the database has.
        is_interactive: whether a person can answer; otherwise each question takes its default.

    Raises:
        BadParameter: an answer of the command line is not valid.
    """
    answers: dict[str, str] = {}
    for name, question in _questions(held).items():
        if name == "the_odds_api_key" and THE_ODDS_API not in answers["MLB_ML_COLLECT"].split(","):
            continue
        value = getattr(given, name)
        if value is not None:
            answers[question.variable] = question.check(value)
        elif is_interactive:
            answers[question.variable] = typer.prompt(
                question.text, default=question.default, value_proc=question.check, hide_input=question.is_secret,
                show_default=not question.is_secret,
            )  # fmt: skip
        else:
            answers[question.variable] = question.check(question.default)
    return answers


def _questions(held: list[int]) -> dict[str, Question]:
    """The questions by field of `Answers`, in the order in which they are asked."""
    seasons = f"{min(held)}-{max(held)}" if held else default_seasons(today())

    def stored(variable: str, default: str) -> str:
        return os.environ.get(variable, "") or default

    return {
        "seasons": Question("Seasons to fetch (the first ones are learned from)", seasons, _check_seasons),
        "sources": Question(
            f"Live sources to collect ({', '.join(_COLLECTED)}; or {NONE})",
            stored("MLB_ML_COLLECT", ",".join(_DEFAULT_SOURCES)), _check_sources, "MLB_ML_COLLECT",
        ),
        "the_odds_api_key": Question(
            "Key of the-odds-api.com (Enter to go without)", stored(KEY_VARIABLE, ""), str.strip, KEY_VARIABLE,
            is_secret=True,
        ),
        "books": Question(
            f"Sportsbooks where you bet, with commas (such as draftkings,fanduel; or {ANY})",
            stored("MLB_ML_BOOKS", ANY), _check_books, "MLB_ML_BOOKS",
        ),
        "bankroll": Question(
            "Bankroll in dollars", stored("MLB_ML_BANKROLL", f"{read_bankroll():g}"), _check_bankroll, "MLB_ML_BANKROLL"
        ),
        "alerts": Question(
            f"Address for alerts (slack://…, mailtos://…, json://host/path; or {NONE})",
            stored("MLB_ML_ALERT_URLS", NONE), _check_alerts, "MLB_ML_ALERT_URLS",
        ),
    }  # fmt: skip


def _check_seasons(text: str) -> str:
    try:
        seasons_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return text


def _check_sources(text: str) -> str:
    names = [] if text.strip() == NONE else [part.strip() for part in text.split(",") if part.strip()]
    if unknown := sorted(set(names) - set(_COLLECTED)):
        raise typer.BadParameter(f"no source {', '.join(unknown)}: choose among {', '.join(_COLLECTED)}, or {NONE}")
    return ",".join(names)


def _check_books(text: str) -> str:
    names = [] if text.strip() == ANY else [part.strip().lower() for part in text.split(",") if part.strip()]
    if unknown := [name for name in names if operator_of(name) not in _OPERATORS]:
        raise typer.BadParameter(
            f"no sportsbook {', '.join(unknown)}: choose among {', '.join(sorted(_OPERATORS))}, or {ANY}"
        )
    return ",".join(names)


def _check_bankroll(text: str) -> str:
    try:
        return f"{read_bankroll({'MLB_ML_BANKROLL': text}):g}"
    except SettingsError as error:
        raise typer.BadParameter(f"{text!r}: give an amount in dollars above 0, such as 1000") from error


def _check_alerts(text: str) -> str:
    import apprise

    if text.strip() == NONE:
        return ""
    addresses = text.replace(",", " ").split()
    courier = apprise.Apprise()
    if not addresses or not all(courier.add(address) for address in addresses):
        raise typer.BadParameter(f"not an address that apprise knows, such as json://host/path; or {NONE}")
    return ",".join(addresses)
