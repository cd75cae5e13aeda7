"""The commands with their options and help texts; groups of them are in folders, each with an `app.py` of its own.

A command imports what it needs when it is called, because Dagster takes seconds to import and neither `--help` nor
`synthdeal version` should wait for it. What a command does belongs in the module of its name, what all of them do in
`command.py`.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from synthdeal_assets import __version__
from synthdeal_assets.cli.command import Home, Verbose, settings_of, with_exit_code
from synthdeal_assets.cli.comparison.app import compare
from synthdeal_assets.cli.dataset.app import dataset_app
from synthdeal_assets.cli.export_app import export_app
from synthdeal_assets.cli.failures import FAILURE
from synthdeal_assets.cli.measures_app import evaluate
from synthdeal_assets.cli.options import (
    BaseUrl,
    Concurrency,
    MaxCalls,
    MaxCost,
    Model,
    Scorer,
    of_the_asked_provider,
)
from synthdeal_assets.cli.whitespace.app import whitespace_app

app = typer.Typer(
    name="synthdeal",
    help="Build a synthetic B2B sales organisation, score every opportunity and write an executive report.",
    epilog="Everything is synthetic except a sales log that you provide and the results from it. All files are kept in "
    "the folder .synthdeal unless --home names another.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(export_app)
app.add_typer(whitespace_app, name="whitespace")
app.add_typer(dataset_app, name="dataset")

NOT_ON_WINDOWS: Final = (
    "SynthDeal does not run on Windows itself, which lacks the file locks that it needs: install it in the Windows "
    "Subsystem for Linux (WSL) and run it there."
)


def main() -> NoReturn:
    """Run the command that the command line names, and exit with its code."""
    if platform.system() == "Windows":
        typer.echo(NOT_ON_WINDOWS, err=True)
        raise SystemExit(FAILURE)
    app()
    raise SystemExit(0)


@app.command()
@with_exit_code
def run(
    *,
    opportunities: Annotated[
        int | None,
        typer.Option(
            help="Size of the world: opportunities created in the 364 days up to as-of.",
            show_default="the warehouse's, else 500",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the world.", show_default="the warehouse's, else 42")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Date of the world.", metavar="YYYY-MM-DD", show_default="today")
    ] = None,
    scorer: Scorer = None,
    model: Model = None,
    base_url: BaseUrl = None,
    max_cost_usd: MaxCost = None,
    max_calls: MaxCalls = None,
    scorer_concurrency: Concurrency = None,
    account_names: Annotated[
        str | None,
        typer.Option(
            help="Names of accounts: public (real companies) or fictional.", show_default="the warehouse's, else public"
        ),
    ] = None,
    replace_world: Annotated[
        bool | None,
        typer.Option(
            "--replace-world",
            help="Allow another seed, size, kind of names or planted instructions to replace the world.",
        ),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only show what the run would ask and cost; nothing is sent or changed.")
    ] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Build or advance the world, score what is new or changed, and write the report."""
    settings = settings_of(
        opportunities=opportunities,
        seed=seed,
        as_of=as_of,
        scorer=scorer,
        max_cost_usd=max_cost_usd,
        max_calls=max_calls,
        scorer_concurrency=scorer_concurrency,
        account_names=account_names,
        replace_world=replace_world,
        home=home,
        **of_the_asked_provider(scorer, model=model, base_url=base_url),
    )
    if estimate:
        from synthdeal_assets.cli.estimate import show_estimate

        return show_estimate(settings)
    from synthdeal_assets.cli.run import run_refresh

    return run_refresh(settings, verbose=verbose)


@app.command()
@with_exit_code
def retry(
    *,
    scorer: Scorer = None,
    model: Model = None,
    base_url: BaseUrl = None,
    max_cost_usd: MaxCost = None,
    max_calls: MaxCalls = None,
    scorer_concurrency: Concurrency = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Score every failed opportunity once more, in one run, and write the report."""
    settings = settings_of(
        scorer=scorer,
        max_cost_usd=max_cost_usd,
        max_calls=max_calls,
        scorer_concurrency=scorer_concurrency,
        home=home,
        **of_the_asked_provider(scorer, model=model, base_url=base_url),
    )
    from synthdeal_assets.cli.retry import run_retry

    return run_retry(settings, verbose=verbose)


app.command()(compare)
app.command()(evaluate)


@app.command()
@with_exit_code
def ui(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 3000,
    token: Annotated[
        str | None,
        typer.Option(
            help="Token that the UI requires; SYNTHDEAL_UI_TOKEN keeps it out of the process list.",
            show_default="none",
        ),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Show everything, but launch, change or switch on nothing.")
    ] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Start the Dagster UI and its daemon; in an empty home, build the world first.

    Pages of other sites cannot use it. To listen beyond this machine (--host), give --token or --read-only.
    """
    settings = settings_of(home=home, ui_token=token)
    from synthdeal_assets.cli.ui import serve_ui

    return serve_ui(settings, host=host, port=port, read_only=read_only, verbose=verbose)


@app.command()
@with_exit_code
def status(home: Home = None, verbose: Verbose = False) -> int:
    """Show the world, its scores, the last runs and the last report.

    It also shows where each run that has not finished lives, and how to end it.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.status import show_status

    return show_status(settings)


@app.command()
@with_exit_code
def end(
    run_id: Annotated[
        str, typer.Argument(help="Id of the run, or the beginning that `synthdeal status` shows.", metavar="RUN")
    ],
    *,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """End a run that is stuck; its paid answers are kept.

    A run that lives is asked to end, and killed if it does not. One whose process is gone is marked as failed.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.end import end_run

    return end_run(settings, run_id)


@app.command()
@with_exit_code
def doctor(
    ask: Annotated[
        bool, typer.Option("--ask", help="Send the model one small request too, which may cost a fraction of a cent.")
    ] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Show every setting with its source, and check that everything SynthDeal needs is there."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.doctor import examine

    return examine(settings, ask=ask)


@app.command()
@with_exit_code
def check(
    *,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Move Dagster's history away if it is damaged; no table is lost.")
    ] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Read everything in the home, and show what is damaged: every row of every table, every file and database.

    The exit code is 1 when something is damaged.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.check import check_home

    return check_home(settings, set_aside=set_aside)


@app.command()
@with_exit_code
def backup(
    folder: Annotated[Path, typer.Argument(help="New folder for the backup, outside the home.", metavar="FOLDER")],
    *,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Copy everything in the home to a new folder, also while something is running.

    Only your user can read the copy. Settings and keys are not in the home, and not in the copy.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.backup import make_backup
    from synthdeal_assets.cli.export import target_folder

    return make_backup(settings, target_folder(folder))


@app.command()
@with_exit_code
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of the backup.", metavar="FOLDER")],
    *,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Put a backup into a home that is empty or does not exist yet, once every file in it has been verified."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.backup import restore_backup

    return restore_backup(settings, folder.absolute())


@app.command()
@with_exit_code
def info(home: Home = None, verbose: Verbose = False) -> int:
    """Show what SynthDeal is, where its files are, and its licence."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.info import show_info

    return show_info(settings)


@app.command()
def version() -> None:
    """Show the version of SynthDeal."""
    typer.echo(f"synthdeal {__version__}")


@app.command("demo-llm")
@with_exit_code
def demo_llm(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8089,
    latency: Annotated[float, typer.Option(help="Seconds before an answer.", min=0, max=3600)] = 0.5,
    noise: Annotated[float, typer.Option(help="Probability that a level is off by one.", min=0, max=1)] = 0.2,
    seed: Annotated[int, typer.Option(help="Seed for noise and faults.", min=0)] = 42,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="A fault and its rate, such as rate_limited=0.1 or malformed=0.03; repeat for several faults.",
            metavar="KIND=RATE",
        ),
    ] = None,
    retry_after: Annotated[float, typer.Option(help="Seconds that a 429 response asks clients to wait.", min=0)] = 1.0,
    gullible: Annotated[
        float, typer.Option(help="Probability of obeying an instruction in the notes.", min=0, max=1)
    ] = 0.0,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Serve a simulated model that knows the world's truth, to try model scoring without a key; Ctrl-C stops it."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.demo_llm import serve_demo_llm

    return serve_demo_llm(
        settings,
        host=host,
        port=port,
        latency=latency,
        noise=noise,
        seed=seed,
        faults=fault or (),
        retry_after=retry_after,
        gullible=gullible,
    )
