"""A certificate in words: one line that says how many promises held, then those that did not and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synthdeal_assets.datasets.certificate.recount import Certificate, Outcome

MOST_NAMED = 5
"""Broken promises, and statements that were not checked, that one sentence names."""


def first_line(certificate: Certificate) -> str:
    """How many promises held, and what was not checked."""
    outcomes = certificate.outcomes
    held = f"{certificate.held:,} of {len(outcomes):,} promises held"
    if not certificate.not_checked:
        return f"{held}."
    return f"{held}; not checked: {_some(certificate.not_checked)}."


def text_of(certificate: Certificate) -> str:
    """The certificate as lines of text, what did not hold in full."""
    return "\n".join([first_line(certificate), *(f"- {each}" for each in _complaints(certificate))])


def broken_promises(certificate: Certificate) -> str:
    """What did not hold, as one sentence after another; empty where everything did."""
    found = list(_complaints(certificate))
    more = [f"{len(found) - MOST_NAMED} more did not hold."] if len(found) > MOST_NAMED else []
    return " ".join([*found[:MOST_NAMED], *more])


def complaint(outcome: Outcome) -> str:
    """One broken promise: what was promised, where, what was found, and in which rows."""
    promise = outcome.promise
    line = "" if promise.line is None else f" (line {promise.line})"
    sentence = f"{promise.sentence}{line}: expected {outcome.expected}, found {outcome.measured}"
    if not outcome.keys:
        return f"{sentence}."
    values = outcome.values or (None,) * len(outcome.keys)
    named = ", ".join(
        key if value is None else f"{key} ({value})" for key, value in zip(outcome.keys, values, strict=True)
    )
    return f"{sentence}, such as {named}."


def _complaints(certificate: Certificate) -> Iterator[str]:
    yield from certificate.problems
    yield from map(complaint, certificate.against)


def _some(sentences: Sequence[str]) -> str:
    more = len(sentences) - MOST_NAMED
    return "; ".join(sentences[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
