"""`synthdeal dataset verify`: what was promised, recounted from the exported files alone."""

from __future__ import annotations

from pathlib import Path

from synthdeal_assets.cli.console import say
from synthdeal_assets.datasets.api import verify
from synthdeal_assets.datasets.certificate.wording import text_of


def verify_folder(folder: Path, *, show_all: bool) -> int:
    """Recount the promises of a folder and print what came of it.

    Returns:
        The exit code: 1 when a promise does not hold.

    Raises:
        SynthDealError: There are no files or no specification in the folder, or they cannot be read.
    """
    certificate = verify(folder)
    say(text_of(certificate))
    if show_all:
        for outcome in certificate.outcomes:
            if outcome.held:
                say(f"+ {outcome.promise.sentence}: {outcome.measured}")
    return 0 if certificate.holds else 1
