"""The one exception class for mistakes and circumstances that a user can do something about.

Every message is one sentence that says what happened, to what, and what to do. Programming errors do not belong
here: they stay ordinary exceptions, with their traceback.
"""


class SynthDealError(Exception):
    """A failure that the user can act on; `str(error)` is the whole message.

    Args:
        message: One sentence: what happened, to what, and what to do.
        usage: True when the caller gave a value that can never work (exit code 2); False when the circumstances
            were against it (exit code 1).
    """

    def __init__(self, message: str, *, usage: bool = False) -> None:
        super().__init__(message)
        self.usage = usage

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error: 2 for usage, 1 for failure."""
        return 2 if self.usage else 1
