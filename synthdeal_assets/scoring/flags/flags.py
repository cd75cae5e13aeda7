"""All flags of all judges: the rows of both tables, from frames of deals.

Reading the frames and storing the rows belongs in `assets.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.flags.candidates import CANDIDATES, CRM, JUDGEMENT, Candidate
from synthdeal_assets.scoring.flags.flagging import flagged_rows, with_lots
from synthdeal_assets.scoring.flags.records import Record
from synthdeal_assets.scoring.flags.tables import COUNTS, FLAG_RECORDS, FLAGS


@dataclass(frozen=True)
class Flags:
    """The rows of both tables.

    Attributes:
        flags: Of scoring.flags.
        records: Of scoring.flag_records.
    """

    flags: pl.DataFrame
    records: pl.DataFrame


def all_flags(judged: Mapping[Judge, pl.DataFrame], as_of: dt.date) -> Flags:
    """Every candidate that the frames have the columns for, with its record.

    Args:
        judged: The deals on earlier days and all open ones of today, with what each judge says of them: one row for
            each deal and day. Columns: opportunity_id, landmark_date, stage_name, segment, close_date, age_days,
            days_in_stage, slips, points, economic_buyer and champion (levels; these three NULL where the judge says
            nothing), closed_on and is_won (NULL while it is open); chance and stage_rate where there is a forecast.
            Flags that rest on the CRM alone are found in the first frame.
        as_of: The present day.
    """
    flags, records = [FLAGS.empty()], [FLAG_RECORDS.empty()]
    for place, (judge, deals) in enumerate(judged.items()):
        drawn = with_lots(deals.rename({"landmark_date": "day"}))
        for candidate in CANDIDATES:
            if set(candidate.needs) <= set(drawn.columns) and (candidate.rests_on != CRM or place == 0):
                rows = flagged_rows(drawn, candidate, as_of)
                record = Record.of(rows, as_of)
                by = judge if candidate.rests_on == JUDGEMENT else Judge(*[candidate.rests_on] * 3)
                flags.append(_flag_rows(rows, by, candidate, record))
                records.append(_record_row(record, by, candidate))
    return Flags(
        FLAGS.conform(pl.concat(flags)).sort(FLAGS.primary_key),
        FLAG_RECORDS.conform(pl.concat(records)).sort(FLAG_RECORDS.primary_key),
    )


def _flag_rows(rows: pl.DataFrame, judge: Judge, candidate: Candidate, record: Record) -> pl.DataFrame:
    return FLAGS.conform(
        rows.rename({"day": "flag_date"})
        .drop("is_won")
        .with_columns(scorer=pl.lit(judge.scorer), flag=pl.lit(candidate.flag), is_shown=pl.lit(record.is_shown))
    )


def _record_row(record: Record, judge: Judge, candidate: Candidate) -> pl.DataFrame:
    row = {
        "scorer": judge.scorer,
        "model": judge.model,
        "prompt_version": judge.prompt_version,
        "flag": candidate.flag,
        "label": candidate.label,
        "base": candidate.base,
        **{name: getattr(record, name) for name in COUNTS},
        "p_value": record.p_value,
        "is_shown": record.is_shown,
        "explanation": record.explanation(candidate.base),
    }
    return pl.DataFrame([row], schema=FLAG_RECORDS.polars_schema)
