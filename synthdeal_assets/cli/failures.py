"""What a user sees of a failure: one sentence and an exit code.

The sentences of failures that are known where they happen are written there, as `SynthDealError`. Here they are found
again under whatever wrapped them on the way up, and failures of the machine that can strike anywhere get theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from synthdeal_assets.errors import SynthDealError, message_and_code
from synthdeal_assets.foundation.disk_room import NO_ROOM, says_no_room
from synthdeal_assets.foundation.redaction import redact

if TYPE_CHECKING:
    import dagster as dg

FAILURE: Final = 1
INTERRUPTED: Final = 130
"""What a shell expects of a program that Ctrl-C has ended."""
TERMINATED: Final = 143
"""What a shell makes of a program that SIGTERM has ended."""

NO_ROOM_SENTENCE: Final = (
    "The disk that holds the home folder is full or cannot be written: free some space and try again; the warehouse "
    "keeps what it had."
)
SENTENCE_CLASSES: Final = ("SynthDealError", "Failure")
"""Exceptions whose message is meant for users: this project's, and Dagster's way of failing a step on purpose."""

INTERRUPTION_CLASSES: Final = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
DUCKDB_INTERRUPTION: Final = "RuntimeError: Query interrupted"
"""DuckDB looks for signals while a query runs and reports them in its own words."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM has asked this program to end, which it does as after Ctrl-C: what it left half done is taken away."""


def interruption_code(error: BaseException) -> int | None:
    """The exit code after Ctrl-C or SIGTERM, in whatever they were wrapped; None for a failure."""
    chain = list(_chain(error))
    if any(isinstance(link, TerminatedError) for link in chain):
        return TERMINATED
    if any(
        isinstance(link, KeyboardInterrupt) or f"{type(link).__name__}: {link}" == DUCKDB_INTERRUPTION for link in chain
    ):
        return INTERRUPTED
    return None


def describe_failure(error: BaseException) -> tuple[str, int]:
    """The sentence that a user sees of an exception, free of secrets, and the exit code."""
    for link in _chain(error):
        if isinstance(link, SynthDealError):
            return redact(str(link)), link.exit_code
    if is_full_disk(error):
        return NO_ROOM_SENTENCE, FAILURE
    return redact(_unexpected(type(error).__name__, str(error))), FAILURE


def is_full_disk(error: BaseException) -> bool:
    """Whether a disk without room is what an exception comes from, whatever wrapped it."""
    return any(says_no_room(link) for link in _chain(error))


def step_failure(error: dg.SerializableErrorInfo) -> SynthDealError:
    """The error that Dagster recorded for a step, as a command ends with it: one sentence, free of secrets."""
    chain = _recorded_chain(error)
    for link in chain:
        if link.cls_name in SENTENCE_CLASSES:
            message, code = message_and_code(_without_class(link.message))
            return SynthDealError(redact(message), code=code or "run.failed-on-purpose")
    if any(NO_ROOM.search(link.message) for link in chain):
        return SynthDealError(NO_ROOM_SENTENCE, code="machine.no-room")
    root = chain[-1]
    sentence = _unexpected(root.cls_name or "error", _without_class(root.message))
    return SynthDealError(redact(sentence), code="run.unexpected")


def is_interruption(error: dg.SerializableErrorInfo) -> bool:
    """Whether an error that Dagster recorded for a step is the user's Ctrl-C, in whatever it was wrapped."""
    return any(
        link.cls_name in INTERRUPTION_CLASSES or DUCKDB_INTERRUPTION in link.message for link in _recorded_chain(error)
    )


def _recorded_chain(error: dg.SerializableErrorInfo) -> list[dg.SerializableErrorInfo]:
    chain = [error]
    while (cause := chain[-1].cause) is not None:
        chain.append(cause)
    return chain


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _without_class(message: str) -> str:
    """Dagster records "package.module.Class: message"; the message alone."""
    return re.sub(r"^[\w.]+: ", "", message.strip(), count=1)


def _unexpected(kind: str, message: str) -> str:
    lines = message.strip().splitlines()
    said = f": {lines[0].rstrip('.')}" if lines else ""
    return f"SynthDeal stopped because of an unexpected error ({kind}{said}); run it again with --verbose to see where."
