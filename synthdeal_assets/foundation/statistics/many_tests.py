"""Several tests at once: what their p-values come to together. What is tested belongs in the rooms."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values after Holm's step-down correction (Holm 1979), in the order given.

    Calling a difference real where its corrected value is below 0.05 errs anywhere among all of them with a chance
    below 5%, however the tests depend on each other.
    """
    corrected, least = [1.0] * len(p_values), 0.0
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda place: (p_values[place], place))):
        least = max(least, min(1.0, (len(p_values) - step) * p_values[place]))
        corrected[place] = least
    return corrected
