"""The tables of schema scoring about flags: which deals they cover on which day, and how such deals have fared."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.scoring.flags.candidates import CANDIDATES, CRM, FORECAST
from synthdeal_assets.world.salesforce_picklists import OPEN_STAGES

_NAMES: Final = tuple(candidate.flag for candidate in CANDIDATES)
_SCORER: Final = Column(
    "scorer",
    "VARCHAR",
    f"Whose judgement the flag rests on; {CRM} for fields of the CRM alone, {FORECAST} for the learnt chance.",
    derived_from=("scoring.landmark_scores.scorer",),
)


_COUNTED: Final = {
    "base_deals": "Deals of the base that have ended.",
    "flagged_deals": "Those of them that it covered.",
    "flagged_lost": "Those of the covered that were lost.",
    "other_deals": "Those that it did not cover.",
    "other_lost": "Those of the others that were lost.",
    "covered_today": "Open deals that it covers today.",
    "open_today": "Open deals of the base today.",
}
COUNTS: Final = tuple(_COUNTED)
"""Columns of scoring.flag_records that are numbers of deals."""


def _deals(name: str, comment: str) -> Column:
    return Column(
        name,
        "BIGINT",
        comment,
        minimum=0,
        derived_from=("scoring.flags.is_flagged", "scoring.flags.is_counted", "crm.opportunities.is_won"),
    )


FLAGS: Final = Table(
    "scoring",
    "flags",
    "A deal of a flag's base on a day on which it was open: today, or a past month end by what was known then. No "
    "renewals.",
    (
        Column("flag_date", "DATE", "The day.", derived_from=("crm.landmarks.landmark_date", "crm.world.as_of")),
        Column(
            "opportunity_id",
            "VARCHAR",
            "The opportunity.",
            references="crm.opportunities.opportunity_id",
            derived_from=("crm.landmarks.opportunity_id",),
        ),
        _SCORER,
        Column("flag", "VARCHAR", "The flag.", values=_NAMES),
        Column(
            "stage_name",
            "VARCHAR",
            "Stage on that day.",
            values=OPEN_STAGES,
            derived_from=("crm.landmarks.stage_name",),
        ),
        Column(
            "value",
            "DOUBLE",
            "What the flag looks at: points of evidence, level, chance or days.",
            derived_from=(
                "scoring.landmark_scores.points",
                "scoring.forecasts.chance",
                "crm.landmarks.days_in_stage",
                "crm.landmarks.age_days",
            ),
        ),
        Column(
            "threshold",
            "DOUBLE",
            "What it is compared with: fixed, or learnt from deals won by that day.",
            derived_from=("scoring.landmark_scores.points", "crm.landmarks.days_in_stage", "crm.landmarks.outcome"),
        ),
        Column("is_flagged", "BOOLEAN", "Whether the flag covers the deal."),
        Column(
            "is_counted",
            "BOOLEAN",
            "Whether this is the row by which the flag's record counts the deal: one of each deal that has ended, of a "
            "day at least 90 days before as_of.",
            derived_from=("crm.landmarks.outcome",),
        ),
        Column("is_shown", "BOOLEAN", "Whether the flag is shown, as its record stands today."),
    ),
    ("flag_date", "opportunity_id", "scorer", "flag"),
)

FLAG_RECORDS: Final = Table(
    "scoring",
    "flag_records",
    "How deals that a flag covered have fared, and the others of its base, each counted once; and whether that is "
    "enough to show it.",
    (
        _SCORER,
        Column("model", "VARCHAR", f"Model; {CRM} or {FORECAST} as in scorer."),
        Column("prompt_version", "VARCHAR", f"Version of the prompt or rules; {CRM} or {FORECAST} as in scorer."),
        Column("flag", "VARCHAR", "The flag.", values=_NAMES),
        Column("label", "VARCHAR", "What it says of a deal."),
        Column("base", "VARCHAR", "The deals it picks from."),
        *(_deals(name, comment) for name, comment in _COUNTED.items()),
        Column(
            "p_value",
            "DOUBLE",
            "Cochran-Mantel-Haenszel test over the stages, two-sided: the chance of a difference as large if the flag "
            "said nothing.",
            minimum=0,
            maximum=1,
        ),
        Column(
            "is_shown",
            "BOOLEAN",
            "Whether it is shown: at least 100 deals, at most 40 % of them covered and half of today's, and the "
            "covered lost more often, with p below 0.01.",
        ),
        Column("explanation", "VARCHAR", "The record in a sentence, or why the flag is not shown."),
    ),
    ("scorer", "model", "prompt_version", "flag"),
)

FLAG_TABLES: Final = (FLAGS, FLAG_RECORDS)
