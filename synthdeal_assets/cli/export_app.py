"""The commands that hand something out, and `judge`, which takes answers back: their options and help texts.

What they do belongs in the modules of their names, which are imported when a command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthdeal_assets.cli.command import Home, Plain, Verbose, ended_by_sigterm, settings_of, with_exit_code
from synthdeal_assets.errors import SynthDealError

export_app = typer.Typer(rich_markup_mode=None)

For = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        help="Of judge-benchmark: whose files to write, promptfoo, mlflow, deepeval or jsonl; repeat for several.",
        metavar="TOOL",
        show_default="jsonl",
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        help="Of judge-benchmark: seeds of new worlds, such as 7,8,9.",
        metavar="N,N,...",
        show_default="the home's world",
    ),
]
Size = Annotated[
    int | None,
    typer.Option(
        help="Of judge-benchmark: opportunities a year of each new world.", min=1, max=20_000, show_default="200"
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(help="Of judge-benchmark: deals to take from each world at most.", min=1, show_default="all"),
]


@export_app.command()
@with_exit_code
def export(
    *,
    table: Annotated[
        str | None,
        typer.Argument(
            help="Table, such as opportunities or scoring.opportunity_scores; deals, with all of a deal in one row; "
            "or judge-benchmark.",
            metavar="TABLE",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write; - is standard output, for text formats.",
            metavar="FILE",
            show_default="TABLE.FORMAT",
        ),
    ] = None,
    all_: Annotated[
        str | None,
        typer.Option(
            "--all", help="Write every table there is to this folder, with a datapackage.json.", metavar="DIR"
        ),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", help="csv, parquet, json, jsonl, xlsx, sql, duckdb or sqlite.", metavar="FORMAT"),
    ] = "csv",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            help="An option of the format, such as delimiter=tab, encoding=latin-1, header=no, indent=2, "
            "orientation=columns or dialect=mysql; repeat for several.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    plain: Plain = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that you did not name.")] = False,
    for_: For = None,
    seeds: Seeds = None,
    size: Size = None,
    sample: Sample = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Of judge-benchmark: date of the new worlds.", metavar="YYYY-MM-DD", show_default="today"),
    ] = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Write one table to a file, or all of them to a folder, in the order of their keys.

    Without --output, the file is named after the table and written to the current folder. In CSV, text that a
    spreadsheet would run as a formula gets an apostrophe in front, unless you add --plain; the other formats keep it.

    judge-benchmark is no table: it writes a folder of deals with their true levels, to measure a judge of your own on
    with `synthdeal judge`. A new seed is a new test.
    """
    settings = settings_of(home=home, as_of=as_of)
    from synthdeal_assets.cli.export import asked_exporter, export_all, export_table
    from synthdeal_assets.cli.judge_benchmark import NAME, export_benchmark

    if table == NAME and all_ is None:
        with ended_by_sigterm():
            return export_benchmark(settings, for_ or (), output=output, seeds=seeds, size=size, sample=sample)
    if any(given is not None for given in (for_, seeds, size, sample, as_of)):
        raise SynthDealError(
            "--for, --seeds, --size, --sample and --as-of belong to judge-benchmark: write `synthdeal export "
            "judge-benchmark`.",
            code="export.only-for-benchmark",
            usage=True,
        )
    if (table is None) == (all_ is None) or (all_ is not None and output is not None):
        raise SynthDealError(
            "Name a table, and a file with --output where you want one, or a folder for all tables with --all, and not "
            "both.",
            code="export.what-to-where",
            usage=True,
        )
    exporter = asked_exporter(format_, option or (), plain=plain)
    if table is None:
        return export_all(settings, str(all_), exporter=exporter)
    return export_table(settings, table, output=output, exporter=exporter, overwrite=overwrite)


@export_app.command()
@with_exit_code
def judge(
    answers: Annotated[
        Path, typer.Argument(help="Answers as JSON Lines, or what promptfoo has written.", metavar="ANSWERS.jsonl")
    ],
    *,
    benchmark: Annotated[
        Path,
        typer.Option("--benchmark", help="Folder that `synthdeal export judge-benchmark` has written.", metavar="DIR"),
    ] = Path("judge-benchmark"),
    format_: Annotated[str, typer.Option("--format", help="table, json or markdown.", metavar="FORMAT")] = "table",
    verbose: Verbose = False,
) -> int:
    """Measure anybody's answers to a benchmark: how near to the truth, beside what a guess reaches.

    It needs no home, no world and no model: only the folder and the answers. A line is {"case_id": ..., "levels":
    {"metrics": 2, ...}, "win_probability": 0.3}, or has the text of a model as its answer; several lines for a case are
    repeats. A line that cannot be read is left out and counted.
    """
    from synthdeal_assets.cli.judge import judge_answers

    return judge_answers(answers, benchmark, output_format=format_)
