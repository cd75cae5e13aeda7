"""The charts of quality are small pictures that Dagster can keep, and show what was measured."""

from __future__ import annotations

import base64
import io
from typing import Any

import altair as alt
import dagster as dg
import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from PIL import Image

from synthdeal_assets.evaluation.quality.plots import (
    differences_by_group,
    gain_over_heuristic,
    levels_against_truth,
    reliability_diagram,
)
from synthdeal_assets.evaluation.quality.quality import GAIN
from synthdeal_assets.evaluation.quality.samples import HEURISTIC
from synthdeal_assets.evaluation.tables import DIFFERS, NO_DIFFERENCE, SCORE_FAIRNESS, SCORE_QUALITY, SCORER
from synthdeal_assets.foundation.publishing import plots
from synthdeal_assets.foundation.publishing.plots import LARGEST_PNG, chart_markdown, png
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.calibration import calibrate
from synthdeal_assets_tests.evaluation.test_quality import sample
from synthdeal_assets_tests.scoring.conftest import Room
from synthdeal_assets_tests.scoring.small_org import deal

JUDGE = Judge("openai", "some-model", "prompt-1")


def rows_of(chart: alt.TopLevelMixin | None, column: str) -> list[dict[str, Any]]:
    """The rows with that column that a chart shows."""
    assert chart is not None
    return [row for rows in chart.to_dict()["datasets"].values() for row in rows if column in row]


def decoded(image: bytes) -> npt.NDArray[np.uint8]:
    """The pixels of a picture with a palette, shape (height, width, 3)."""
    with Image.open(io.BytesIO(image)) as picture:
        assert (picture.format, picture.mode) == ("PNG", "P")
        return np.asarray(picture.convert("RGB"))


def bars(colours: list[str]) -> alt.TopLevelMixin:
    values = [{"x": number, "colour": colour} for number, colour in enumerate(colours)]
    chart = alt.Chart(alt.InlineData(values=values), width=300, height=40)
    coloured = chart.mark_rect().encode(x=alt.X("x:O", axis=None), color=alt.Color("colour:N", scale=None, legend=None))
    return alt.layer(coloured)


def test_a_chart_is_a_small_picture_in_markdown_that_redaction_leaves_alone() -> None:
    text = chart_markdown(bars(["#1f4e79", "#b5541c"]), "bars of [two] `colours`, 50%")
    head, _, data = text.partition("(data:image/png;base64,")
    assert head == "![bars of two colours, 50%]"
    image = base64.b64decode(data.removesuffix(")"), validate=True)
    assert image.startswith(b"\x89PNG")
    assert len(image) < 3_000
    assert redact(text) == text
    assert chart_markdown(bars(["#1f4e79", "#b5541c"]), "bars of [two] `colours`, 50%") == text


def test_the_smaller_picture_shows_the_same_colours() -> None:
    pixels = decoded(png(bars(["#1f4e79", "#9fb8d1", "#b5541c"])))
    middle = pixels[pixels.shape[0] // 2]
    shown = ["#" + bytes(middle[int(pixels.shape[1] * part)]).hex() for part in (0.2, 0.5, 0.8)]
    assert shown == ["#1f4e79", "#9fb8d1", "#b5541c"]


def test_a_picture_that_would_swell_the_event_log_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "LARGEST_PNG", 100)
    with pytest.raises(ValueError, match="bars' takes"):
        chart_markdown(bars(["#1f4e79"]), "bars")


def test_the_reliability_diagram_shows_the_share_won_of_ten_equal_bins() -> None:
    draws = np.random.Generator(np.random.Philox(1))
    true = draws.integers(0, 4, 200).tolist()
    chance = draws.random(200)
    frame = calibrate(sample(true, true, win_probability=chance.tolist(), is_won=(draws.random(200) < chance).tolist()))
    given = [
        value for value in rows_of(reliability_diagram(frame), "which") if value["which"] == "as the scorer gave it"
    ]
    assert [value["deals"] for value in given] == [20] * 10
    lowest = frame.sort("win_probability").head(20)
    assert given[0]["chance"] == pytest.approx(lowest["win_probability"].mean())
    assert given[0]["won"] == pytest.approx(lowest["is_won"].mean())
    assert reliability_diagram(frame.filter(pl.lit(value=False))) is None


def test_the_levels_are_shares_of_each_true_level() -> None:
    frame = calibrate(sample([0, 0, 0, 3], [0, 0, 1, 3]))
    shares = {(each["true"], each["judged"]): each["share"] for each in rows_of(levels_against_truth(frame), "share")}
    assert shares == {
        ("0 unknown", "0 unknown"): 0.6667,
        ("0 unknown", "1 identified"): 0.3333,
        ("3 leveraged", "3 leveraged"): 1.0,
    }


def test_a_gain_beyond_chance_stands_out_and_other_scorers_are_left_out() -> None:
    row = {
        "role": SCORER,
        "scorer": JUDGE.scorer,
        "model": JUDGE.model,
        "prompt_version": JUDGE.prompt_version,
        "baseline_of": "",
        "element": "all",
        "unit": "0 to 1",
        "opportunities": 100,
        "explanation": "",
    }
    quality = pl.DataFrame(
        [
            {**row, "measure": f"auc{GAIN}", "value": 0.1, "low": 0.05, "high": 0.2},
            {**row, "measure": f"brier_score{GAIN}", "value": 0.1, "low": -0.05, "high": 0.2},
            {**row, "measure": f"auc{GAIN}", "value": 0.3, "low": 0.2, "high": 0.4, "model": "another"},
            {**row, "measure": "auc", "value": 0.7, "low": 0.6, "high": 0.8},
        ],
        schema=SCORE_QUALITY.polars_schema,
    )
    shown = rows_of(gain_over_heuristic(quality, JUDGE), "tells")
    assert [(each["value"], each["tells"]) for each in shown] == [(0.1, True), (0.1, False)]
    assert gain_over_heuristic(quality, HEURISTIC) is None


def test_the_most_differing_groups_are_shown_and_the_largest_chart_is_small_enough() -> None:
    rows = [
        {
            "scorer": JUDGE.scorer,
            "model": JUDGE.model,
            "prompt_version": JUDGE.prompt_version,
            "attribute": "owner",
            "group_name": f"Maximiliana Featherstonehaugh-Cholmondeley, USR-{number:04d}",
            "measure": "score_difference",
            "threshold": None,
            "opportunities": 40,
            "observed": 50.0,
            "expected": 50.0,
            "difference": (-1.0) ** number * number,
            "low": (-1.0) ** number * number - 3,
            "high": (-1.0) ** number * number + 3,
            "verdict": DIFFERS if number > 36 else NO_DIFFERENCE,
        }
        for number in range(40)
    ]
    chart = differences_by_group(pl.DataFrame(rows, schema=SCORE_FAIRNESS.polars_schema), JUDGE, "owner")
    shown = rows_of(chart, "tells")
    assert [each["value"] for each in shown] == sorted((each["value"] for each in shown), reverse=True)
    assert {abs(each["value"]) for each in shown} == set(map(float, range(24, 40)))
    assert sum(each["tells"] for each in shown) == 3
    assert chart is not None
    assert len(png(chart)) < LARGEST_PNG / 2


def test_the_assets_show_their_charts(room: Room) -> None:
    room.put([deal(number, outcome="Closed Won" if number % 2 else "Closed Lost") for number in range(12)])
    result = room.everything()
    assert result.success
    (quality,) = result.asset_materializations_for_node("scoring__score_quality")
    for name in ("do the chances come true", "judged against true levels"):
        shown = quality.metadata[name]
        assert isinstance(shown, dg.MarkdownMetadataValue)
        assert str(shown.value).startswith(f"![{name}, of scripted, script, 1](data:image/png;base64,")
