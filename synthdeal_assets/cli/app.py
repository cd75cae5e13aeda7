"""The commands with their options and help texts, and what every command does when something goes wrong.

A command imports what it needs when it is called, because Dagster takes seconds to import and neither `--help` nor
`synthdeal version` should wait for it. What a command does belongs in the module of its name.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from synthdeal_assets.cli.console import warnings_shown
from synthdeal_assets.cli.failures import INTERRUPTED, describe_failure
from synthdeal_assets.foundation.redaction import redacted_traceback
from synthdeal_assets.settings import Settings, variable_name

app = typer.Typer(
    name="synthdeal",
    help="SynthDeal makes a synthetic B2B sales organisation, scores every opportunity and writes an executive report.",
    epilog="Everything that SynthDeal makes is synthetic. It is kept in the folder .synthdeal unless --home says else.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds everything.", show_default=".synthdeal", metavar="FOLDER"),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show Dagster's own log, and the whole traceback when something fails.")
]


class ExportFormat(StrEnum):
    """The formats a table can be exported in."""

    CSV = "csv"
    PARQUET = "parquet"


def main() -> NoReturn:
    """Run the command that the command line names, and exit with its code."""
    app()
    raise SystemExit(0)


@app.command()
def run(
    *,
    opportunities: Annotated[
        int | None,
        typer.Option(
            help="Opportunities created in the 364 days up to as-of.",
            show_default="the warehouse's, else 500",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the world.", show_default="the warehouse's, else 42")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The world's day.", metavar="YYYY-MM-DD", show_default="today")
    ] = None,
    scorer: Annotated[
        str | None, typer.Option(help="Who judges the opportunities: heuristic.", show_default="heuristic")
    ] = None,
    scorer_concurrency: Annotated[
        int | None, typer.Option(help="Opportunities scored at the same time.", show_default="32")
    ] = None,
    account_names: Annotated[
        str | None,
        typer.Option(help="Names of the accounts: public or fictional.", show_default="the warehouse's, else public"),
    ] = None,
    replace_world: Annotated[
        bool | None,
        typer.Option("--replace-world", help="Allow another seed, size or kind of names to replace the world."),
    ] = None,
    home: Home = None,
    verbose: Verbose = False,
) -> None:
    """Make or move on the world, score what is new or changed, and write the report."""

    def command() -> int:
        settings = _settings(
            opportunities=opportunities,
            seed=seed,
            as_of=as_of,
            scorer=scorer,
            scorer_concurrency=scorer_concurrency,
            account_names=account_names,
            replace_world=replace_world,
            home=home,
        )
        from synthdeal_assets.cli.run import run_refresh

        return run_refresh(settings, verbose=verbose)

    _finish(command, verbose=verbose)


@app.command()
def ui(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 3000,
    home: Home = None,
    verbose: Verbose = False,
) -> None:
    """Start the Dagster UI with its daemon; in an empty home, make the world first."""

    def command() -> int:
        settings = _settings(home=home)
        from synthdeal_assets.cli.ui import serve_ui

        return serve_ui(settings, host=host, port=port, verbose=verbose)

    _finish(command, verbose=verbose)


@app.command()
def status(home: Home = None, verbose: Verbose = False) -> None:
    """Show the world, its scores, the last runs and the last report."""

    def command() -> int:
        settings = _settings(home=home)
        from synthdeal_assets.cli.status import show_status

        return show_status(settings)

    _finish(command, verbose=verbose)


@app.command()
def doctor(home: Home = None, verbose: Verbose = False) -> None:
    """Show every setting with its source, and check what SynthDeal needs."""

    def command() -> int:
        settings = _settings(home=home)
        from synthdeal_assets.cli.doctor import examine

        return examine(settings)

    _finish(command, verbose=verbose)


@app.command()
def info(home: Home = None, verbose: Verbose = False) -> None:
    """Say what SynthDeal is, where everything lives and under which licence."""

    def command() -> int:
        settings = _settings(home=home)
        from synthdeal_assets.cli.info import show_info

        return show_info(settings)

    _finish(command, verbose=verbose)


@app.command()
def version() -> None:
    """Show the version of SynthDeal."""
    from importlib.metadata import version as installed_version

    typer.echo(f"synthdeal {installed_version('synthdeal-assets')}")


@app.command()
def export(
    table: Annotated[
        str, typer.Argument(help="Table, such as opportunities or scoring.opportunity_scores.", metavar="TABLE")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write; - writes CSV to standard output.", metavar="FILE")
    ],
    format_: Annotated[ExportFormat, typer.Option("--format", help="Format of the file.")] = ExportFormat.CSV,
    home: Home = None,
    verbose: Verbose = False,
) -> None:
    """Write one table to a file, in the order of its key.

    In CSV, text that a spreadsheet would take for a formula (it begins with = + - or @) gets an apostrophe in front;
    Parquet keeps every value as it is.
    """

    def command() -> int:
        settings = _settings(home=home)
        from synthdeal_assets.cli.export import export_table

        return export_table(settings, table, output=output, file_format=format_.value)

    _finish(command, verbose=verbose)


def _settings(**flags: Any) -> Settings:
    """The settings with these flags, which also become environment variables.

    Everything below reads its settings from the environment, child processes included: what was given on the command
    line holds for all of them.
    """
    settings = Settings.load(flags)
    for name, value in flags.items():
        if value is not None:
            exported = getattr(settings, name)
            os.environ[variable_name(name)] = (
                str(exported.absolute())
                if isinstance(exported, Path)
                else exported.isoformat()
                if isinstance(exported, dt.date)
                else str(exported)
            )
    return settings


def _finish(command: Callable[[], int], *, verbose: bool) -> NoReturn:
    """Exit with the command's code; a failure is said in one sentence, with its traceback only when asked for."""
    try:
        with warnings_shown():
            code = command()
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if verbose:
            typer.echo(redacted_traceback(error), err=True)
        sentence, code = describe_failure(error)
        typer.echo(sentence, err=True)
        raise typer.Exit(code) from error
    raise typer.Exit(code)
