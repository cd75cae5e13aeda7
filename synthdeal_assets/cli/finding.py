"""What one look of `synthdeal doctor` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found.

    Attributes:
        subject: What was examined.
        fine: Whether it is as it must be; None when it is worth knowing but nothing depends on it.
        detail: What was found, in a few words.
    """

    subject: str
    fine: bool | None
    detail: str
