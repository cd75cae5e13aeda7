"""What every command has: its settings from its flags, its exit code, and one sentence when something goes wrong.

Which commands and flags there are belongs in `app.py` and `whitespace/app.py`. Nothing here imports Dagster, because
`--help` must not wait for it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final, ParamSpec

import typer

from synthdeal_assets.cli.console import warnings_shown
from synthdeal_assets.cli.failures import TerminatedError, describe_failure, interruption_code
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.redaction import hidden_for_a_while, hide, redacted_traceback
from synthdeal_assets.settings import Settings

Arguments = ParamSpec("Arguments")

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds everything.", show_default=".synthdeal", metavar="FOLDER"),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show Dagster's own log, and the full traceback when something fails.")
]
Plain = Annotated[
    bool, typer.Option("--plain", help="Leave text in CSV as it is, also what a spreadsheet would run as a formula.")
]
Concurrency = Annotated[
    int | None,
    typer.Option("--scorer-concurrency", help="Number of opportunities scored at the same time.", show_default="32"),
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost-usd", help="Maximum USD this run may spend on models.", show_default="no limit"),
]
MaxCalls = Annotated[
    int | None,
    typer.Option("--max-calls", help="Maximum requests this run may send to models.", show_default="no limit"),
]

FLAGS: Final = {
    "openai_model": "--model",
    "openai_base_url": "--base-url",
    "anthropic_model": "--model",
    "anthropic_base_url": "--base-url",
    "sales_holdout": "--holdout",
    "ui_token": "--token",
    "whitespace_cutoff": "--cutoff",
    "whitespace_window_days": "--window-days",
    "whitespace_divisions": "--division",
}
"""What a setting is called on the command line, where that is not the name of its field."""


def settings_of(**flags: Any) -> Settings:
    """The settings with these flags; the secrets among them are hidden in all that the command prints and logs.

    What the command calls is handed these settings, and a child that it starts their `as_environment()`: the
    environment of this process stays as it is.

    Args:
        flags: Values by name of the setting; None means "not given".

    Raises:
        SynthDealError: A value is not acceptable; the message names the flag that the user typed.
    """
    try:
        settings = Settings.load(flags)
    except SynthDealError as error:
        raise SynthDealError(_as_typed(str(error)), code=error.code, usage=error.usage) from error
    hide(settings.secret_values())
    return settings


def _as_typed(sentence: str) -> str:
    for field, flag in FLAGS.items():
        named = f"--{field.replace('_', '-')} "
        if sentence.startswith(named):
            return f"{flag} {sentence.removeprefix(named)}"
    return sentence


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """While the block runs, SIGTERM ends it as Ctrl-C does: with all that its `finally` says."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def with_exit_code(run: Callable[Arguments, int]) -> Callable[Arguments, None]:
    """Make a command of a function that returns an exit code.

    A failure is said in one sentence; its traceback and its code are shown only when `verbose` asks for them.
    """

    @wraps(run)
    def finish(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        with hidden_for_a_while(), warnings_shown():
            try:
                code = run(*args, **kwargs)
            except (KeyboardInterrupt, Exception) as error:
                if (stopped := interruption_code(error)) is not None:
                    typer.echo("Stopped.", err=True)
                    raise typer.Exit(stopped) from None
                if kwargs.get("verbose"):
                    typer.echo(redacted_traceback(error), err=True)
                sentence, code = describe_failure(error)
                typer.echo(sentence, err=True)
                raise typer.Exit(code) from error
        raise typer.Exit(code)

    return finish
