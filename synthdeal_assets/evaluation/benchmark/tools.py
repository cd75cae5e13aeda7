"""The files that the tools of others take as they are: promptfoo, MLflow and deepeval.

Each tool gets its data in its own form and a script or a configuration that runs with a judge that says 2 of
everything, to be replaced by the user's. Judging is arithmetic in all of them. What every benchmark has belongs in
`folder.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import jinja2

from synthdeal_assets.evaluation.benchmark.cases import BenchmarkCase, Split
from synthdeal_assets.evaluation.benchmark.folder import json_lines
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS

Files = Mapping[str, str]
"""Texts by the name of their file."""

README: Final = "README.md"
TEMPLATES: Final = "templates"
PLAIN: Final = "jsonl"


def tool_files(tool: str, cases: Sequence[BenchmarkCase], splits: Sequence[Split]) -> Files:
    """The files of one of `TOOLS`, by name."""
    return TOOLS[tool][0](cases, splits)


def readme(cases: Sequence[BenchmarkCase], splits: Sequence[Split], tools: Sequence[str], *, made_by: str) -> str:
    """What stands in the folder's README, for these tools."""
    return _rendered(
        "README.md.j2",
        cases=len(cases),
        splits=splits,
        made_by=made_by,
        example=cases[0].case_id,
        of_tools=[TOOLS[tool][1] for tool in tools if TOOLS[tool][1]],
    )


def _promptfoo(cases: Sequence[BenchmarkCase], splits: Sequence[Split]) -> Files:
    seeds = ", ".join(split.name for split in splits)
    tests = ({"vars": {"case_id": case.case_id}, "metadata": {"split": case.split}} for case in cases)
    return {
        "promptfooconfig.yaml": _rendered(
            "promptfooconfig.yaml.j2", description=f"SynthDeal judge benchmark, {seeds}, {len(cases)} cases"
        ),
        "promptfoo_tests.jsonl": json_lines(tests),
        # As .cjs they are CommonJS in whatever package the folder is put.
        "promptfoo_prompt.cjs": _text("promptfoo_prompt.js"),
        "promptfoo_assert.cjs": _text("promptfoo_assert.js"),
        "example_judge.cjs": _text("example_judge.js"),
    }


def _mlflow(cases: Sequence[BenchmarkCase], _: Sequence[Split]) -> Files:
    rows = (
        {
            "inputs": {"case_id": case.case_id, "prompt": case.prompt},
            "expectations": {"levels": case.key["levels"]},
            "tags": {"split": case.split},
        }
        for case in cases
    )
    return {
        "mlflow_dataset.jsonl": json_lines(rows),
        "mlflow_evaluate.py": _rendered("mlflow_evaluate.py.j2", elements=_elements()),
    }


def _deepeval(cases: Sequence[BenchmarkCase], _: Sequence[Split]) -> Files:
    goldens = [
        {
            "name": case.case_id,
            "input": case.prompt,
            "expected_output": json.dumps({"levels": case.key["levels"]}),
            "additional_metadata": {"split": case.split},
        }
        for case in cases
    ]
    return {
        "deepeval_goldens.json": json.dumps(goldens, indent=1) + "\n",
        "deepeval_evaluate.py": _rendered("deepeval_evaluate.py.j2", elements=_elements()),
    }


TOOLS: Final[Mapping[str, tuple[Callable[[Sequence[BenchmarkCase], Sequence[Split]], Files], str]]] = {
    "promptfoo": (
        _promptfoo,
        "promptfoo: `npx promptfoo@latest eval -o answers.jsonl`, with your provider in `promptfooconfig.yaml`.",
    ),
    "mlflow": (
        _mlflow,
        "MLflow: `python mlflow_evaluate.py`, with your judge in its function `judge`; it writes `answers.jsonl`.",
    ),
    "deepeval": (
        _deepeval,
        "deepeval: `python deepeval_evaluate.py`, with your judge in its function `judge`; it writes `answers.jsonl`.",
    ),
    PLAIN: (lambda _cases, _splits: {}, ""),
}
"""For each tool what makes its files, and the line of the README that says how it is run."""


def _elements() -> str:
    return json.dumps(list(MEDDPICC_WEIGHTS))


def _rendered(name: str, **values: object) -> str:
    return _environment().get_template(name).render(values)


def _text(name: str) -> str:
    return (resources.files(__package__) / TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    # Nothing here is HTML.
    return jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
