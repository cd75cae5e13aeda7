"""A side of a comparison as the command line names it: SCORER[:MODEL][@PROMPTS][=ADDRESS].

Who is asked and how belongs in `evaluation/comparison/sides.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.scorers.make_scorer import scorer_for
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings

ONE_SIDE: Final = "SCORER[:MODEL][@PROMPTS_FOLDER][=ADDRESS]"

_ADDRESS: Final = re.compile(r"=(?=https?://)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedSide:
    """A side as the command line names it.

    Attributes:
        text: What was typed.
        scorer: The scorer.
        model: Its model; None for the settings'.
        prompts: Folder of its prompts; None for the settings'.
        address: Base URL of its endpoint; None for the settings'.
    """

    text: str
    scorer: str
    model: str | None
    prompts: Path | None
    address: str | None = None

    def maker(self, settings: Settings) -> Callable[[Usage, int], Scorer]:
        """What makes its scorer."""

        def make(spent: Usage, repeat: int) -> Scorer:
            return scorer_for(
                settings,
                self.scorer,
                model=self.model,
                prompts=self.prompts,
                base_url=self.address,
                repeat=repeat,
                spent=spent,
            )

        return make


def named_side(text: str) -> NamedSide:
    """A side, from SCORER[:MODEL][@PROMPTS_FOLDER][=ADDRESS].

    The address is what follows the first = before http:// or https://. The scorer ends at the first colon or @. A model
    may hold both (llama3.1:8b, @cf/meta/llama): what follows an @ is the folder only where there is such a folder, or
    where it is written as a path (it begins with . / or ~).

    Raises:
        SynthDealError: There is no scorer or no model in it, no such folder, or no plain address.
    """
    before, *after = _ADDRESS.split(text, maxsplit=1)
    address = _address(after[0]) if after else None
    ends = [place for place, letter in enumerate(before) if letter in ":@"]
    scorer, rest = (before[: ends[0]], before[ends[0] :]) if ends else (before, "")
    if not scorer.strip():
        raise SynthDealError(
            f"{text!r} does not name a scorer: write {ONE_SIDE}, such as heuristic or openai.",
            code="compare.unknown-scorer",
            usage=True,
        )
    model, folder = _split_model(text, rest[1:]) if rest.startswith(":") else (None, None)
    if model == "":
        raise SynthDealError(
            f"{text!r} names no model after the colon: write {ONE_SIDE}.", code="compare.no-model-named", usage=True
        )
    if "=" in scorer + (model or ""):
        raise SynthDealError(
            f"{text!r} has no address after the =: write {ONE_SIDE} with one that begins with http:// or https://.",
            code="compare.no-address",
            usage=True,
        )
    if rest.startswith("@"):
        folder = _folder(text, rest[1:])
    return NamedSide(text, scorer, model, folder, address)


def _address(text: str) -> str:
    """An address without anything secret: it stands in the history of the shell, and is shown and stored."""
    try:
        parts = urlsplit(text)
        is_one = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        # What is no address may hold a secret all the same, and is not repeated.
        raise SynthDealError(
            "The address of a side is not one: write it as http:// or https:// with a host, a port from 1 to 65535 "
            "where it needs one, and a path, such as http://localhost:11434/v1.",
            code="compare.not-an-address",
            usage=True,
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SynthDealError(
            "The address of a side holds more than host, port and path: give the key as OPENAI_API_KEY or "
            "ANTHROPIC_API_KEY, and leave out user, password and what follows a question mark.",
            code="compare.address-with-secrets",
            usage=True,
        )
    return text


def _split_model(text: str, rest: str) -> tuple[str, Path | None]:
    """The model and the folder in MODEL[@PROMPTS_FOLDER]."""
    for place, letter in enumerate(rest):
        if letter == "@" and (rest[place + 1 :].startswith((".", "/", "~")) or _is_folder(rest[place + 1 :])):
            return rest[:place], _folder(text, rest[place + 1 :])
    return rest, None


def _is_folder(name: str) -> bool:
    return bool(name) and Path(name).is_dir()


def _folder(text: str, name: str) -> Path:
    try:
        folder = Path(name).expanduser()
    except RuntimeError:
        folder = Path(name)
    if not name or not folder.is_dir():
        raise SynthDealError(
            f"{text!r} names a prompts folder {name!r} that does not exist: write {ONE_SIDE} with an existing folder.",
            code="compare.no-prompts-folder",
            usage=True,
        )
    return folder
