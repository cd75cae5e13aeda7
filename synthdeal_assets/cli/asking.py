"""Questions to the user at the terminal."""

from __future__ import annotations

import sys

import typer

from synthdeal_assets.errors import SynthDealError


def agreed(question: str, *, default: bool = False) -> bool:
    """Whether the user says yes.

    Raises:
        SynthDealError: Nobody is there to be asked ("cli.nobody-to-ask").
        KeyboardInterrupt: The user ended it with Ctrl-C or Ctrl-D.
    """
    if not sys.stdin.isatty():
        raise SynthDealError(
            f"{question} There is no terminal to ask at: add --yes.", code="cli.nobody-to-ask", usage=True
        )
    try:
        return typer.confirm(question, default=default, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None


def typed(question: str, default: str, *, show_default: bool = True) -> str:
    """What the user types; the default for nothing but Enter.

    Raises:
        KeyboardInterrupt: The user ended it with Ctrl-C or Ctrl-D.
    """
    try:
        return str(typer.prompt(question, default=default, show_default=show_default, err=True)).strip()
    except typer.Abort:
        raise KeyboardInterrupt from None
