"""What every command has: its settings from its flags, its exit code, and one sentence when something goes wrong.

Which commands and flags there are belongs in `app.py` and `whitespace_app.py`. Nothing here imports Dagster, because
`--help` must not wait for it.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from pydantic import SecretStr

from synthdeal_assets.cli.console import warnings_shown
from synthdeal_assets.cli.failures import INTERRUPTED, describe_failure
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.redaction import redacted_traceback
from synthdeal_assets.settings import Settings, variable_name

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder that holds everything.", show_default=".synthdeal", metavar="FOLDER"),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show Dagster's own log, and the full traceback when something fails.")
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
    """The settings with these flags, which also become environment variables.

    Everything below reads its settings from the environment, child processes included: what was given on the command
    line holds for all of them.

    Args:
        flags: Values by field name; None means "not given".

    Raises:
        SynthDealError: A value is not acceptable; the message names the flag that the user typed.
    """
    try:
        settings = Settings.load(flags)
    except SynthDealError as error:
        raise SynthDealError(_as_typed(str(error)), code=error.code, usage=error.usage) from error
    for name, value in flags.items():
        if value is not None:
            exported = getattr(settings, name)
            os.environ[variable_name(name)] = (
                str(exported.absolute())
                if isinstance(exported, Path)
                else exported.isoformat()
                if isinstance(exported, dt.date)
                else exported.get_secret_value()
                if isinstance(exported, SecretStr)
                else str(exported)
            )
    return settings


def _as_typed(sentence: str) -> str:
    for field, flag in FLAGS.items():
        named = f"--{field.replace('_', '-')} "
        if sentence.startswith(named):
            return f"{flag} {sentence.removeprefix(named)}"
    return sentence


def finish(command: Callable[[], int], *, verbose: bool) -> NoReturn:
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
