"""A report put together: the same sections as one HTML page and as Markdown, from figures alone.

The pages are a pure function of the rows of report.figures and of the few facts about the run that stand in the last
line. How a number is printed belongs in `wording.py`, what is said in `templates/`, which recommendations are made in
`recommendations.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import jinja2
import polars as pl
from markupsafe import Markup

from synthdeal_assets.evaluation.planted_instructions.instruction_effects import TOLERANCE_POINTS
from synthdeal_assets.evaluation.tables import FAIRNESS_THRESHOLDS, GUESSED_LEVEL
from synthdeal_assets.foundation.publishing.markdown import escaped_markdown
from synthdeal_assets.foundation.publishing.palette import SOFT, STRONG
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.report import vocabulary
from synthdeal_assets.report.charts import LEVELS, MIN_IN_A_POINT
from synthdeal_assets.report.context import COMPARED_FIGURES, DEALS_NAMED
from synthdeal_assets.report.drawing import CHANCE_SERIES, RULE_OF_WHITESPACE, draw
from synthdeal_assets.report.recommendations import is_told, recommendations
from synthdeal_assets.report.wording import FigureBook, Format, marked
from synthdeal_assets.scoring.scorers.heuristic_levels import LABEL as HEURISTIC_LABEL

FIRST_PAGE: Final = ("quarter", "changed", "need_you", "losses", "certainty")
"""Templates of the sections of the first page: what the head of a company asks, in the order in which it is asked."""
DETAIL: Final = (("recommendations", "What to do"),)
"""Templates of the sections between the first page and the appendix, and their names in the list of contents."""
APPENDIX: Final = (
    ("advice", "Advice"),
    ("top_deals", "Worth most"),
    ("forecast", "Open deals"),
    ("flags", "Signs"),
    ("changes", "Changes"),
    ("gaps", "Gaps"),
    ("scores", "Scores"),
    ("wins", "Where won"),
    ("renewals", "Renewals"),
    ("whitespace", "Whitespace"),
    ("trust", "Trust"),
    ("fairness", "Fairness"),
    ("cost", "Cost"),
    ("guardrails", "Keep in mind"),
    ("making", "How made"),
)
"""The same of the appendix: whatever a reader of the first page looks up, if anything."""
MINUS_SIGN: Final = "\N{MINUS SIGN}"
BLOCK_CHARACTERS: Final = 990
"""Length up to which Dagster's UI shows Markdown at once; longer text stands behind a link."""

SYNTHETIC_NOTICES: Final = {
    "public": "Company names are real; every deal, person and figure is invented.",
    "mixed": "Company names are real or invented; every deal, person and figure is invented.",
    "fictional": "Every company, deal, person and figure is invented.",
}
REAL_SALES_LOG: Final = "Only the whitespace section is based on a real sales log; it is not synthetic."
"""Said beside the notice when somebody's own log was read."""
SIMULATED: Final = "answers simulated from the hidden truth"
"""Said wherever scores of the demo endpoint stand."""
LEVEL_LEGEND: Final = tuple(zip(LEVELS, ("unknown", "named", "confirmed", "put to use"), strict=True))
FORECAST_LEGEND: Final = ((SOFT, "weighted by stage"), (STRONG, "adjusted by score"))
FAIRNESS_LABELS: Final = {
    "segment": "Segment",
    "region": "Region",
    "owner": "Owner",
    "industry": "Industry",
    "stage": "Stage",
}
THRESHOLDS: Final = " or ".join([", ".join(map(str, FAIRNESS_THRESHOLDS[:-1])), str(FAIRNESS_THRESHOLDS[-1])])
CHANCE_LEGEND: Final = ((SOFT, "as the scorer gave it"), (STRONG, "corrected"))
WHITESPACE_CHANCE_LEGEND: Final = ((STRONG, "on the line a chance is right; below it, too hopeful"),)
CHANGE_LABELS: Final = {
    "created": "New",
    "advanced": "Moved to a later stage",
    "fell_back": "Moved back",
    "won": "Won",
    "lost": "Lost",
    "slipped": "Close date moved out",
    "pulled_in": "Close date moved in",
}


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """The report's id and the run that wrote it; they stand in its last line and nowhere else."""

    report_id: str
    run: RunFacts

    @property
    def line(self) -> str:
        """The facts as one line of text."""
        return self.run.line(f"Report {self.report_id}")


@dataclass(frozen=True, slots=True)
class Pages:
    """A finished report: its answer in one sentence, the HTML page, the Markdown text."""

    headline: str
    html: str
    markdown: str

    @property
    def first_page(self) -> dict[str, str]:
        """The sections of the first page in Markdown by name, each in blocks that the UI shows at once."""
        sections = self.markdown.split("\n## ")[1 : len(FIRST_PAGE) + 1]
        return {
            name if place == 0 else f"{name}_{place + 1}": block
            for name, section in zip(FIRST_PAGE, sections, strict=True)
            for place, block in enumerate(_blocks(section.partition("\n")[2]))
        }


def _blocks(text: str) -> list[str]:
    """The text in as few blocks as need be, cut where a line is blank or an item of a list begins."""
    blocks = [""]
    for part in re.split(r"(?m)^(?=$|- )", text):
        fits = len((blocks[-1] + part).strip()) <= BLOCK_CHARACTERS or not blocks[-1].strip()
        blocks[-1:] = [blocks[-1] + part] if fits else [blocks[-1], part]
    return [block.strip() for block in blocks]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: what stands for `*` in its figures' ids, and its label as it is printed."""

    key: str
    label: str


def compose(figures: pl.DataFrame, facts: ReportFacts) -> Pages:
    """The report of these figures.

    Args:
        figures: Rows of report.figures, all of one report.
        facts: The facts about the report and its run.
    """
    book = FigureBook(figures)
    page = _render("page.html.j2", book, facts, "html")
    text = _render("page.md.j2", book, facts, "markdown")
    headline = _templates("html").get_template("headline.j2").render(_vocabulary(book, "html"))
    return Pages(
        _flow(html.unescape(re.sub(r"<[^>]+>", "", headline))), page, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    )


def _render(template: str, book: FigureBook, facts: ReportFacts, format_: Format) -> str:
    shown = [place for place in book.keys("flags.*.flag") if book.number(f"flags.{place}.is_shown")]
    advice = recommendations(book)
    context = {
        **_vocabulary(book, format_),
        "first_page": list(FIRST_PAGE),
        "detail": [name for name, _ in DETAIL],
        "appendix": [name for name, _ in APPENDIX],
        "contents": [(name.replace("_", "-"), title) for name, title in (*DETAIL, *APPENDIX)],
        "synthetic_notice": _notice(book),
        "advice": advice,
        "told": [rule.key for rule in advice if is_told(book, rule)],
        "most_named": DEALS_NAMED,
        "shown_record": {
            (book.word(f"flags.{place}.flag"), book.word(f"flags.{place}.scorer")): f"flags.{place}" for place in shown
        },
        "steps": [step for step in vocabulary.BRIDGE if book.number(f"bridge.{step.key}.deals")],
        "shown_flags": shown,
        "evidence_separates": any(
            book.word(f"flags.{place}.scorer") == book.word("judges.1.scorer") for place in shown
        ),
        "guessed_level": GUESSED_LEVEL,
        "heuristic_label": HEURISTIC_LABEL,
        "rows": _rows(book, format_),
        "draw": lambda name: draw(book, name),
        "level_legend": LEVEL_LEGEND,
        "forecast_legend": FORECAST_LEGEND,
        "simulated": SIMULATED,
        "thresholds": THRESHOLDS,
        "judged_by_model": book.word("judges.1.scorer") != "heuristic",
        "chance_legend": CHANCE_LEGEND,
        "gains_legend": _gains_legend(book),
        "whitespace_chance_legend": WHITESPACE_CHANCE_LEGEND,
        "fewest_in_a_point": MIN_IN_A_POINT,
        "rise_tolerance": f"{TOLERANCE_POINTS:g}",
        "metadata_line": facts.line if format_ == "html" else escaped_markdown(facts.line),
    }
    return _templates(format_).get_template(template).render(context)


def _notice(book: FigureBook) -> str:
    kind = book.word("world.account_names")
    is_mixed = kind == "public" and book.number("world.invented_names") > 0
    notice = SYNTHETIC_NOTICES["mixed" if is_mixed else kind]
    is_real = book.number("whitespace.made") and not book.number("whitespace.synthetic")
    return f"{notice} {REAL_SALES_LOG}" if is_real else notice


def _vocabulary(book: FigureBook, format_: Format) -> dict[str, Callable[..., object] | bool]:
    """What a sentence is made of."""

    def figure(figure_id: str) -> str:
        return marked(book[figure_id], format_)

    def counted(figure_id: str, singular: str, plural: str) -> str:
        return figure(figure_id) + " " + (singular if book.number(figure_id) == 1 else plural)

    return {
        "fig": figure,
        "counted": counted,
        "k": lambda text: _constant(text, format_),
        "number": book.number,
        "known": book.known,
        "keys": book.keys,
        "plain": book.plain,
        "word": book.word,
        "has_range": book.known("quarter.likely_low")
        and book.plain("quarter.likely_low") != book.plain("quarter.likely_high"),
    }


def _rows(book: FigureBook, format_: Format) -> dict[str, list[Row]]:
    def breakable(text: str) -> str:
        """The text with a place to break after a slash, so that a table fits a phone."""
        return Markup("/<wbr>").join(text.split("/")) if format_ == "html" else text

    def named(figures: str) -> list[Row]:
        """A row for each thing that has a figure with its name."""
        return [Row(key, marked(book[f"{figures}.{key}.name"], format_)) for key in book.keys(f"{figures}.*.name")]

    return {
        "bands": [Row(band.key, _constant(band.label, format_)) for band in vocabulary.SCORE_BANDS],
        "bant_bands": [
            Row(band.key, _constant(f"{band.label}, {band.key}", format_)) for band in vocabulary.BANT_SCORE_BANDS
        ],
        "segments": [Row(segment.key, segment.name) for segment in vocabulary.SEGMENT_NAMES],
        "meddpicc": [Row(element.key, element.name.capitalize()) for element in vocabulary.MEDDPICC],
        "bant": [Row(element.key, element.name.capitalize()) for element in vocabulary.BANT],
        "stages": [Row(stage.key, breakable(stage.name)) for stage in vocabulary.STAGES],
        "quarters": named("forecast.quarter"),
        "industries": named("wins.industry"),
        "lost_reasons": named("wins.lost"),
        "competitors": named("wins.competitor"),
        "booked_quarters": named("bookings.quarter"),
        "chance_bands": [
            Row(band.key, _constant(band.label, format_))
            for band in vocabulary.CHANCE_BANDS
            if any(book.number(f"calibration.band.{band.key}.{chance}.deals") for _, chance in CHANCE_SERIES)
        ],
        "chances": [Row("as_given", "As the scorer gave them"), Row("corrected", "Corrected")],
        "judges": [Row(place, _judge(book, place, format_)) for place in book.keys("judges.*.scorer")],
        "asked_models": [Row(place, _asked_model(book, place, format_)) for place in book.keys("cost.model.*.model")],
        "differences": [Row(place, _group(book, place, format_)) for place in book.keys("fairness.differs.*.group")],
        "fairness": [Row(attribute, FAIRNESS_LABELS[attribute]) for attribute in book.keys("fairness.by.*.groups")],
        "whitespace_top": [
            Row(place, marked(book[f"whitespace.top.{place}.customer"], format_))
            for place in book.keys("whitespace.top.*.customer")
        ],
        "whitespace_divisions": named("whitespace.division"),
        "changes": [Row(key, label) for key, label in CHANGE_LABELS.items() if book.number(f"changes.{key}.deals")],
        "compared": [
            Row(figure_id, label)
            for figure_id, label, _ in COMPARED_FIGURES
            if book.number(figure_id) or book.number(f"changes.then.{figure_id}")
        ],
        "bridge": [
            Row("then", "Then"),
            *(
                Row(step.key, f"{'+' if step.sign > 0 else MINUS_SIGN} {step.label}")
                for step in vocabulary.BRIDGE
                if step.sign and book.number(f"bridge.{step.key}.deals")
            ),
            Row("now", "Now"),
        ],
        "losses": [
            Row(dimension.key, dimension.label)
            for dimension in vocabulary.LOSS_DIMENSIONS
            if book.known(f"losses.by.{dimension.key}.name")
        ],
        "flag_records": [Row(place, _sign(book, place, format_)) for place in book.keys("flags.*.flag")],
    }


def _gains_legend(book: FigureBook) -> tuple[tuple[str, str], ...]:
    rule = ((SOFT, f"the best simple rule, {book.word(RULE_OF_WHITESPACE)}"),) if book.known(RULE_OF_WHITESPACE) else ()
    return ((STRONG, "the models"), *rule)


def _sign(book: FigureBook, place: str, format_: Format) -> str:
    """A flag as a row's label; whose judgement it rests on is said where another scorer has a record of it too."""
    label, scorer = (marked(book[f"flags.{place}.{part}"], format_) for part in ("label", "scorer"))
    flags = [book.word(f"flags.{each}.flag") for each in book.keys("flags.*.flag")]
    return label + ", as " + scorer + " judges" if flags.count(book.word(f"flags.{place}.flag")) > 1 else label


def _judge(book: FigureBook, place: str, format_: Format) -> str:
    """A scorer as a row's label: what it is, its model, and that its answers were simulated when they were."""
    prefix = f"judges.{place}"
    scorer, model = (marked(book[f"{prefix}.{part}"], format_) for part in ("scorer", "model"))
    label = scorer + ", " + model
    return label + f", {SIMULATED}" if book.number(f"{prefix}.simulated") else label


def _asked_model(book: FigureBook, place: str, format_: Format) -> str:
    prefix = f"cost.model.{place}"
    label = marked(book[f"{prefix}.model"], format_)
    return label + f", {SIMULATED}" if book.number(f"{prefix}.simulated") else label


def _group(book: FigureBook, place: str, format_: Format) -> str:
    prefix = f"fairness.differs.{place}"
    return f"{FAIRNESS_LABELS[book.word(f'{prefix}.attribute')]}: " + marked(book[f"{prefix}.group"], format_)


def _constant(text: str, format_: Format) -> str:
    """A text with a number in it that is part of the wording and no figure, marked as such."""
    return Markup("<span data-constant>{}</span>").format(text) if format_ == "html" else text


def _flow(text: str) -> str:
    """The text with every run of white space as one space; Markup stays Markup."""
    return type(text)(" ".join(text.split()))


@cache
def _templates(format_: Format) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthdeal_assets.report"),
        autoescape=jinja2.select_autoescape(default=format_ == "html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["flow"] = _flow
    environment.filters["const"] = lambda text: _constant(text, format_)
    return environment
