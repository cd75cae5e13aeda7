"""What a piece of work costs: time, processor time and memory, of a process of its own.

What is measured, and how it is printed, is in the benchmarks.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Self, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Measurement:
    """One part of the work.

    Attributes:
        wall: Seconds that passed.
        cpu: Seconds of processor time, of all threads.
        peak_gb: Peak resident memory of the process.
        rows: Rows that came out.
    """

    wall: float
    cpu: float
    peak_gb: float
    rows: int

    @classmethod
    def since(cls, started: tuple[float, float], rows: int) -> Self:
        """What it has cost since `now()` gave `started`."""
        wall, cpu = now()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        return cls(wall - started[0], cpu - started[1], peak, rows)


def now() -> tuple[float, float]:
    """Seconds on the clock, and of processor time of this process."""
    times = os.times()
    return time.perf_counter(), times.user + times.system


def alone(measure: Callable[..., Result], *arguments: object) -> Result:
    """What a function gives in a process of its own, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()
