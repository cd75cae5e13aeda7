"""The plan of a dataset talked over: questions with their defaults, corrections with their diff, and then the files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from synthdeal_assets.cli.asking import agreed, typed
from synthdeal_assets.cli.console import messages, say
from synthdeal_assets.cli.dataset.generate import Wanted, generate_dataset
from synthdeal_assets.cli.dataset.kept import sessions_of
from synthdeal_assets.cli.dataset.plan import print_plan
from synthdeal_assets.cli.home import require_writable_home
from synthdeal_assets.datasets.sessions import PlannedDataset, Sessions, answered, plan_of
from synthdeal_assets.datasets.words.corrections import Correction
from synthdeal_assets.datasets.words.plan import Plan, PlanQuestion
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.settings import Settings


def new_dataset(settings: Settings, request: str, wanted: Wanted, *, yes: bool, strict: bool) -> int:
    """Plan a dataset that is asked for in words, talk it over, and generate it once the user agrees.

    Args:
        settings: Where the home is.
        request: What the user wants.
        wanted: Where the files go.
        yes: Take every default and generate at once.
        strict: Refuse what is not understood in full.

    Returns:
        The exit code.

    Raises:
        SynthDealError: The request is not about data, about persons who exist, or not understood in full where it must.
    """
    plan = plan_of(request, utc_now().date())
    if strict:
        _require_understood(plan)
    require_writable_home(settings)
    sessions = sessions_of(settings)
    planned = sessions.begin(plan, questions_open=0 if yes else len(plan.questions))
    print_plan(planned)
    return _talked_over(settings, sessions, planned, wanted, yes=yes, asked=plan.questions)


def resume_dataset(settings: Settings, name: str, wanted: Wanted) -> int:
    """Go on with the plan of a dataset.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no such dataset, or nobody asked for it in words.
    """
    sessions = sessions_of(settings)
    planned = sessions.resume(name)
    print_plan(planned)
    asked = planned.plan.questions if planned.stored.questions_open else ()
    return _talked_over(settings, sessions, planned, wanted, yes=False, asked=asked)


def change_dataset(settings: Settings, name: str, words: str, *, yes: bool) -> int:
    """Change the specification of a dataset as words say, once the user has seen the difference and agrees.

    Returns:
        The exit code: 1 when nothing was changed.

    Raises:
        SynthDealError: There is no such dataset.
    """
    sessions = sessions_of(settings)
    correction = sessions.correction(name, words)
    _print_correction(correction)
    if not correction.diff:
        return 0 if correction.answers and not correction.not_understood else 1
    if not yes and not agreed("Change it so?", default=True):
        messages.print("Nothing was changed.")
        return 1
    stored = sessions.apply(name, words, correction)
    say(f"Version {stored.version} of {name} is stored; `synthdeal dataset generate {name}` makes its files.")
    return 0


def _talked_over(
    settings: Settings,
    sessions: Sessions,
    planned: PlannedDataset,
    wanted: Wanted,
    *,
    yes: bool,
    asked: Iterable[PlanQuestion],
) -> int:
    name = planned.stored.name
    if yes:
        for question in asked:
            say(f"{question.text} {question.default} (default)")
    elif not sys.stdin.isatty():
        for question in asked:
            say(f"{question.text} [{question.default}]")
        say(
            f"The plan is kept: `synthdeal dataset generate {name}` makes the files, `synthdeal dataset change {name} "
            '"..."` corrects it.'
        )
        return 0
    elif not _agreed(sessions, name, asked):
        say(f"The plan is kept: `synthdeal dataset resume {name}` goes on with it.")
        return 0
    return generate_dataset(settings, name, _with_files(wanted, planned.plan), planned=True)


def _agreed(sessions: Sessions, name: str, asked: Iterable[PlanQuestion]) -> bool:
    """Ask, correct and show until the user wants the files; False when they leave the plan as it is."""
    for question in asked:
        answer = typed(question.text, question.default)
        if answer != question.default:
            _correct(sessions, name, answered(question, answer))
    sessions.settle(name)
    while True:
        words = typed("Correct it in words, press Enter to generate it, or write q to stop", "", show_default=False)
        if not words:
            return True
        if words.lower() in {"q", "quit"}:
            return False
        _correct(sessions, name, words)
        print_plan(sessions.resume(name))


def _correct(sessions: Sessions, name: str, words: str) -> None:
    correction = sessions.correction(name, words)
    _print_correction(correction)
    if correction.diff:
        sessions.apply(name, words, correction)


def _print_correction(correction: Correction) -> None:
    for line in (*correction.diff, *correction.answers):
        say(line)
    if correction.not_understood:
        say(f"Not understood: {', '.join(repr(span.text) for span in correction.not_understood)}")


def _with_files(wanted: Wanted, plan: Plan) -> Wanted:
    """What is wanted, in the formats of the request where no others are named, and in the file that it names."""
    stem = None if plan.file_name is None else Path(plan.file_name).stem
    formats = wanted.formats or (() if wanted.output is None else plan.formats)
    return replace(wanted, formats=formats, stem=stem)


def _require_understood(plan: Plan) -> None:
    lost = [*(span.text for span in plan.not_understood), *(problem.words.text for problem in plan.problems())]
    if lost:
        raise SynthDealError(
            f"Not understood: {', '.join(map(repr, lost))}; say it in other words, or leave out --strict.",
            code="datasets.not-understood",
            usage=True,
        )
