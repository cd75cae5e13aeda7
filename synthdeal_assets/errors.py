"""The one exception class for mistakes and circumstances that a user can do something about.

Every message is one sentence that says what happened, to what, and what to do. Programming errors do not belong
here: they stay ordinary exceptions, with their traceback.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

CODE_FORM: Final = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")
"""A code: what it is about, a dot, and what is the matter with it, such as "sales-log.ambiguous-days"."""

_NOTE: Final = "Error code: "
_RECORDED_NOTE: Final = re.compile(rf"\n{_NOTE}(?P<code>{CODE_FORM.pattern})\s*\Z")

Raised = TypeVar("Raised", bound=BaseException)


class SynthDealError(Exception):
    """A failure that the user can act on; `str(error)` is the whole message.

    The code is a note of the exception: tracebacks and what Dagster records of the exception end with it, the message
    stays the sentence alone.

    Args:
        message: One sentence: what happened, to what, and what to do.
        code: What kind of failure it is, in the form `CODE_FORM`. It stays the same when the words of the message
            change; tests and programs look at it.
        usage: True when the caller gave a value that can never work (exit code 2); False when the circumstances
            were against it (exit code 1).
    """

    def __init__(self, message: str, *, code: str, usage: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.usage = usage
        with_code(self, code)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error: 2 for usage, 1 for failure."""
        return 2 if self.usage else 1


def with_code(error: Raised, code: str) -> Raised:
    """An exception of another kind that is meant for the user, such as Dagster's `Failure`, with a code as well."""
    error.add_note(f"{_NOTE}{code}")
    return error


def message_and_code(recorded: str) -> tuple[str, str | None]:
    """The message of an exception as Dagster recorded it, without its code, and the code if it has one."""
    found = _RECORDED_NOTE.search(recorded)
    return (recorded[: found.start()], found["code"]) if found is not None else (recorded, None)
