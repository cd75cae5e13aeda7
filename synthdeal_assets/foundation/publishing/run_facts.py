"""The run behind a page: what stands in its last line and nowhere else on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What differs between two runs over the same tables.

    Attributes:
        run_id: Dagster's id of the run.
        created_at: When the page was written, in UTC.
        versions: The version of each package that had a part in it, by name.
    """

    run_id: str
    created_at: dt.datetime
    versions: Mapping[str, str]

    def line(self, page: str | None = None) -> str:
        """The facts as one line of text, which begins with the page's name when it has one."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        start = "Written" if page is None else f"{page}, written"
        return f"{start} {self.created_at:%Y-%m-%d %H:%M} UTC by run {self.run_id} with {versions}."
