"""A report put together: the same sections as one HTML page and as Markdown, from figures alone.

The pages are a pure function of the rows of report.figures and of the few facts about the run that stand in the last
line. How a number is printed belongs in `wording.py`, what is said in `templates/`, which recommendations are made in
`recommendations.py`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import jinja2
import polars as pl
from markupsafe import Markup

from synthdeal_assets.evaluation.planted_instructions.instruction_effects import TOLERANCE_POINTS
from synthdeal_assets.evaluation.quality.simple_guesses import GUESSED_LEVEL
from synthdeal_assets.evaluation.tables import FAIRNESS_THRESHOLDS
from synthdeal_assets.foundation.publishing.inline_svg import dots_on_diagonal, lines_above_diagonal
from synthdeal_assets.foundation.publishing.markdown import escaped_markdown
from synthdeal_assets.foundation.publishing.palette import SOFT, STRONG
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.report import vocabulary
from synthdeal_assets.report.charts import (
    LEVELS,
    MIN_IN_A_POINT,
    Bar,
    bar_chart,
    level_chart,
    reliability_chart,
)
from synthdeal_assets.report.figures import COMPARED_FIGURES
from synthdeal_assets.report.recommendations import HORIZONS, first_actions, recommendations, tells
from synthdeal_assets.report.wording import FigureBook, Format, marked

SECTIONS: Final = (
    ("answer", "Answer"),
    ("scores", "Scores"),
    ("gaps", "Gaps"),
    ("top_deals", "Deals to win"),
    ("where_to_look", "Largest gaps"),
    ("forecast", "Forecast"),
    ("wins", "Where won"),
    ("renewals", "Renewals"),
    ("recommendations", "What to do"),
    ("whitespace", "Whitespace"),
    ("trust", "Trust"),
    ("fairness", "Fairness"),
    ("changes", "Changes"),
    ("cost", "Cost"),
    ("guardrails", "Keep in mind"),
    ("making", "How made"),
)
"""Template of each section and its name in the list of contents."""

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
CHANCE_SERIES: Final = ((SOFT, "as_given"), (STRONG, "corrected"))
RULE_OF_WHITESPACE: Final = "whitespace.whitespace.rule.name"
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
        """The answer in Markdown, block by block: the key figures as "answer", the others under their headings."""
        first, *others = self.markdown.partition("\n## ")[0].split("\n### ")
        blocks = {"answer": first.partition("\n")[2].strip()}
        for block in others:
            heading, _, text = block.partition("\n")
            blocks[heading.strip().lower().replace(" ", "_")] = text.strip()
        return blocks


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
    chosen = recommendations(book)
    top_risk = max(vocabulary.RISKS, key=lambda reason: book.number(f"risk.{reason.key}.amount"))
    risk_tells = all(tells(book, flag) for flag in vocabulary.AT_RISK)
    context = {
        **_vocabulary(book, format_),
        "section_names": [name for name, _ in SECTIONS],
        "contents": [_entry(name, title, risk_tells=risk_tells) for name, title in SECTIONS[1:]],
        "synthetic_notice": _notice(book),
        "horizons": HORIZONS,
        "chosen": chosen,
        "actions": first_actions(chosen),
        "risk_tells": risk_tells,
        "top_risk": top_risk,
        "max_flag_percent": vocabulary.MAX_FLAG_PERCENT,
        "guessed_level": GUESSED_LEVEL,
        "rows": _rows(book, format_, risk_tells=risk_tells),
        "draw": lambda name: _draw(book, name),
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


def _vocabulary(book: FigureBook, format_: Format) -> dict[str, Callable[..., object]]:
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
    }


def _entry(name: str, title: str, *, risk_tells: bool) -> tuple[str, str]:
    """Address and name of a section in the list of contents."""
    if name != "where_to_look":
        return name.replace("_", "-"), title
    return ("deals-at-risk", "Deals at risk") if risk_tells else ("largest-gaps", title)


def _rows(book: FigureBook, format_: Format, *, risk_tells: bool) -> dict[str, list[Row]]:
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
        "risks": [
            Row(reason.key, reason.label[:1].upper() + reason.label[1:])
            for reason in vocabulary.RISKS
            if book.number(f"risk.{reason.key}.deals") and tells(book, reason)
        ],
        "silent_flags": [
            Row(flag.key, flag.label[:1].upper() + flag.label[1:]) for flag in vocabulary.FLAGS if not tells(book, flag)
        ],
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
        "changes": [Row(key, label) for key, label in CHANGE_LABELS.items()],
        "compared": [
            Row(figure_id, label) for figure_id, label, _ in COMPARED_FIGURES if risk_tells or figure_id != "risk.deals"
        ],
    }


def _draw(book: FigureBook, name: str) -> str:
    if name == "scores":
        return bar_chart(
            book, name, [Bar(band.label, f"scores.band.{band.key}.deals") for band in vocabulary.SCORE_BANDS]
        )
    if name == "won":
        return bar_chart(
            book, name, [Bar(band.label, f"trust.band.{band.key}.win_percent") for band in vocabulary.SCORE_BANDS]
        )
    if name == "chances":
        return reliability_chart(
            book,
            name,
            [
                (
                    colour,
                    [
                        (f"{prefix}.said_percent", f"{prefix}.won_percent", f"{prefix}.deals")
                        for prefix in (f"calibration.band.{band.key}.{chance}" for band in vocabulary.CHANCE_BANDS)
                    ],
                )
                for colour, chance in CHANCE_SERIES
            ],
        )
    if name in {"gains", "whitespace-chances"}:
        return _draw_whitespace(book, name)
    if name == "gaps":
        return level_chart(
            book,
            name,
            [
                (element.name.capitalize(), [f"gaps.{element.key}.level_{level}_percent" for level in range(4)])
                for element in vocabulary.MEDDPICC
            ],
        )
    return _draw_amounts(book, name)


def _draw_amounts(book: FigureBook, name: str) -> str:
    if name == "wins":
        industries = {
            book.plain(f"wins.industry.{place}.name"): f"wins.industry.{place}"
            for place in book.keys("wins.industry.*.name")
        }
        return bar_chart(
            book,
            name,
            [Bar(label, f"{prefix}.win_percent") for label, prefix in industries.items()],
            row_figures={label: f"{prefix}.name" for label, prefix in industries.items()},
        )
    if name == "forecast-stage":
        stages = {stage.name: f"forecast.stage.{stage.key}" for stage in vocabulary.STAGES}
        return bar_chart(book, name, _forecast_bars(stages), (SOFT, STRONG))
    quarters = _prefixes_by_quarter(book, "forecast.quarter" if name == "forecast-quarter" else "bookings.quarter")
    names = {label: f"{prefix}.name" for label, prefix in quarters.items()}
    if name == "forecast-quarter":
        return bar_chart(book, name, _forecast_bars(quarters), (SOFT, STRONG), names)
    return bar_chart(
        book, name, [Bar(label, f"{prefix}.amount") for label, prefix in quarters.items()], row_figures=names
    )


def _prefixes_by_quarter(book: FigureBook, prefix: str) -> dict[str, str]:
    return {book.plain(f"{prefix}.{key}.name"): f"{prefix}.{key}" for key in book.keys(f"{prefix}.*.name")}


def _forecast_bars(rows: Mapping[str, str]) -> list[Bar]:
    return [
        Bar(label, f"{prefix}.{series}", series)
        for label, prefix in rows.items()
        for series in ("weighted", "adjusted")
    ]


def _gains_legend(book: FigureBook) -> tuple[tuple[str, str], ...]:
    rule = ((SOFT, f"the best simple rule, {book.word(RULE_OF_WHITESPACE)}"),) if book.known(RULE_OF_WHITESPACE) else ()
    return ((STRONG, "the models"), *rule)


def _draw_whitespace(book: FigureBook, name: str) -> str:
    if name == "gains":
        rankers = [(SOFT, book.word(RULE_OF_WHITESPACE))] if book.known(RULE_OF_WHITESPACE) else []
        series = [
            (colour, _points(book, f"whitespace.gains.whitespace.{ranker}"))
            for colour, ranker in (*rankers, (STRONG, "champion"))
        ]
        return lines_above_diagonal(name, series, across="Pairs, best first", up="Purchases found among them")
    prefix = "whitespace.calibration.whitespace.champion"
    dots = [
        (x, y, book.number(f"{prefix}.{point}.pairs"))
        for point, (x, y) in zip(_in_order(book, prefix), _points(book, prefix), strict=True)
    ]
    return dots_on_diagonal(name, [(STRONG, dots)], said="Chance said", happened="Share that bought", whole_scale=False)


def _points(book: FigureBook, prefix: str) -> list[tuple[float, float]]:
    """The points of a curve, from left to right."""
    return [
        (book.number(f"{prefix}.{point}.x"), book.number(f"{prefix}.{point}.y")) for point in _in_order(book, prefix)
    ]


def _in_order(book: FigureBook, prefix: str) -> list[str]:
    """The numbers of a curve's points, the first one first: read from a table, figures may stand in any order."""
    return sorted(book.keys(f"{prefix}.*.x"), key=int)


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
