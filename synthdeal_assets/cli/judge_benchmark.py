"""`synthdeal export judge-benchmark`: deals with a known truth as a folder that judges of others are tried on.

What is in the folder is decided in `evaluation/benchmark/`. Here the worlds are found or made: the one of the home, or
worlds of other seeds, in memory.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from synthdeal_assets import __version__
from synthdeal_assets.cli.console import messages
from synthdeal_assets.cli.export import require_not_ours, target_folder
from synthdeal_assets.datasets.folders_aside import made_aside
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.benchmark.cases import BenchmarkCase, Split, cases_of
from synthdeal_assets.evaluation.benchmark.folder import files_of
from synthdeal_assets.evaluation.benchmark.tools import PLAIN, README, TOOLS, readme, tool_files
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create, insert, table_exists, table_frame
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets.scoring.scorers.llm_scorer import scoring_prompts
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import WORLD_TABLES, generate_world_in_chunks
from synthdeal_assets.world.spec import WorldSpec, existing_spec
from synthdeal_assets.world.tables import WORLD

NAME: Final = "judge-benchmark"
MADE_BY: Final = f"synthdeal {__version__}"
DEFAULT_SIZE: Final = 200

INSTRUCTION_SHARE: Final = 0.1
"""Of the deals of other seeds so many carry an instruction: at the 2% of a home, a shift would be told by a handful."""


def export_benchmark(
    settings: Settings,
    tools: Sequence[str],
    *,
    output: str | None,
    seeds: str | None,
    size: int | None,
    sample: int | None,
) -> int:
    """Write a benchmark to a new folder, whole or not at all.

    Args:
        settings: Where the home is, and the day of worlds of other seeds.
        tools: The tools whose files are wanted, see `TOOLS`.
        output: The folder; None for `judge-benchmark` in this one.
        seeds: Seeds of worlds, with commas between them; None takes the world of the home.
        size: Opportunities a year of each of these worlds.
        sample: Deals to take from each world at most; None takes all.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no such tool, no world, nothing in it, or the folder is there already
            or among what SynthDeal keeps in the home.
    """
    wanted = list(dict.fromkeys(tools)) or [PLAIN]
    for tool in wanted:
        if tool not in TOOLS:
            raise SynthDealError(
                f"There is no tool {tool!r} to export for: choose {', '.join(TOOLS)} with --for.",
                code="export.unknown-tool",
                usage=True,
            )
    folder = target_folder(Path(output or NAME))
    require_not_ours(settings, folder)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise SynthDealError(
            f"{folder} is there already: name another folder with --output, or remove it.",
            code="export.folder-exists",
            usage=True,
        )
    prompts = scoring_prompts()
    splits: list[Split] = []
    cases: list[BenchmarkCase] = []
    for spec in _specs(settings, seeds, size):
        with _world_of_the_home(settings) if spec is None else _world_in_memory(spec) as (connection, split):
            splits.append(split)
            cases += cases_of(connection, split, prompts, most=sample)
    if not cases:
        raise SynthDealError(
            "There is no deal in the world to make a case of: choose a larger one with --size, or run `synthdeal run`.",
            code="export.no-cases",
        )
    files = files_of(cases, splits, prompts, made_by=MADE_BY)
    files |= {README: readme(cases, splits, wanted, made_by=MADE_BY)}
    for tool in wanted:
        files |= tool_files(tool, cases, splits)
    _write(folder, files)
    planted = sum(case.key["twin_of"] is not None for case in cases)
    messages.print(
        f"{len(cases):,} cases are in {folder}: {len(cases) - planted:,} deals of {_in_words(splits)}, {planted:,} of "
        f"them once more with a planted instruction. Its {README} says how to go on."
    )
    return 0


def _specs(settings: Settings, seeds: str | None, size: int | None) -> list[WorldSpec | None]:
    """The worlds to make; None stands for that of the home."""
    if seeds is None:
        if size is not None:
            raise SynthDealError(
                "--size is the size of worlds of other seeds: add --seeds, such as --seeds 7,8,9.",
                code="export.size-without-seeds",
                usage=True,
            )
        return [None]
    try:
        numbers = list(dict.fromkeys(int(seed) for seed in seeds.split(",")))
    except ValueError as error:
        raise SynthDealError(
            f"--seeds {seeds!r} are not whole numbers with commas between them: write them such as 7,8,9.",
            code="export.bad-seeds",
            usage=True,
        ) from error
    as_of = settings.world.as_of or dt.datetime.now(ZoneInfo(settings.schedules.timezone)).date()
    return [WorldSpec(seed, DEFAULT_SIZE if size is None else size, as_of) for seed in numbers]


@contextmanager
def _world_of_the_home(settings: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, Split]]:
    nothing = SynthDealError(
        f"There is no world in {settings.storage.home.absolute()} yet: run `synthdeal run` first, name another folder "
        "with --home, or have worlds made with --seeds, such as --seeds 7,8,9.",
        code="export.no-world",
    )
    if not settings.storage.warehouse_path.exists():
        raise nothing
    with Warehouse.of(settings).connect() as connection:
        if not table_exists(connection, WORLD) or not table_exists(connection, SCORER_INPUTS):
            raise nothing
        spec = existing_spec(table_frame(connection, WORLD))
        if spec is None:
            raise nothing
        yield connection, _split(spec)


@contextmanager
def _world_in_memory(spec: WorldSpec) -> Iterator[tuple[duckdb.DuckDBPyConnection, Split]]:
    with duckdb.connect(config={"temp_directory": tempfile.gettempdir()}) as memory:
        for table in WORLD_TABLES:
            create(memory, table)
        for chunk in generate_world_in_chunks(spec, periods=1, instruction_share=INSTRUCTION_SHARE):
            for table, frame in chunk.items():
                insert(memory, table, frame)
        inputs = build_inputs(memory)
        create(memory, SCORER_INPUTS)
        insert(memory, SCORER_INPUTS, inputs)
        yield memory, _split(spec)


def _split(spec: WorldSpec) -> Split:
    return Split(f"seed {spec.seed}", spec.seed, spec.size, spec.as_of.isoformat(), spec.generator_version)


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        with made_aside(folder) as aside:
            for name, text in files.items():
                (aside / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SynthDealError(
            f"The benchmark cannot be written to {folder} ({error.strerror or error}): name another folder with "
            "--output.",
            code="export.folder-unwritable",
        ) from error


def _in_words(splits: Sequence[Split]) -> str:
    names = ", ".join(str(split.seed) for split in splits)
    return f"the world with seed {names}" if len(splits) == 1 else f"{len(splits)} worlds (seeds {names})"
