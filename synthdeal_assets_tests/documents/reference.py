"""`docs/reference.md` and `.env.example`: `python -m synthdeal_assets_tests.documents.reference` writes both anew.

Settings, commands, tables, jobs, schedules, sensors and failures are described in the code; this module only lays the
descriptions out. Pages written by hand, and the tests of both, do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

import dagster as dg
from typer.testing import CliRunner

from synthdeal_assets.cli.app import app
from synthdeal_assets.cli.command import FLAGS
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.settings import Settings, every_setting
from synthdeal_assets.settings.catalogue import KEY_FIELDS
from synthdeal_assets_tests.documents.error_codes import SENTENCES, VALUE, CodedFailure, coded_failures

REFERENCE: Final = Path(__file__).parents[2] / "docs" / "reference.md"
ENVIRONMENT_EXAMPLE: Final = Path(__file__).parents[2] / ".env.example"

ENVIRONMENT_INTRODUCTION: Final = """\
# Every setting of SynthDeal, with its default. Copy this file to .env and remove the # from each line you want to
# change.
# Command-line flags take precedence, then the environment, .env, synthdeal.toml and the defaults;
# `synthdeal doctor` shows where each value comes from.

"""
KEYS_IN_ENVIRONMENT: Final = """\
# Keys belong here or in the environment, nowhere else. The heuristic scorer needs none, nor does an endpoint of your
# own.
#OPENAI_API_KEY=
#ANTHROPIC_API_KEY=
"""

INTRODUCTION: Final = """\
# Reference

<!-- Generated from the code: python -m synthdeal_assets_tests.documents.reference -->

Every [setting](#settings), [command](#commands), [job, schedule and sensor](#jobs-schedules-and-sensors),
[error code](#error-codes), and every [table](#tables) with its [columns](#columns).
"""

SETTINGS_INTRODUCTION: Final = """\
A value comes from the first of these that has one: the command line, the environment, `.env`, `synthdeal.toml`, the
default. Both files are read from the working folder; `synthdeal.toml` uses lower-case names without `SYNTHDEAL_`, such
as `opportunities = 5000`. Keys are read from the environment and `.env` only. `.env.example` lists every setting, and
`synthdeal doctor` shows each value with its source.

*Flag* is the flag of `synthdeal run` or of `synthdeal whitespace run`, where one of them has it.
"""

TABLES_INTRODUCTION: Final = (
    "Each table is an asset of the same name in the Dagster UI: `crm.accounts` is `crm/accounts`. These assets have no "
    "table of their own:\n"
)
CODES_INTRODUCTION: Final = f"""\
An error is one sentence for people and a code for programs. The words of the sentence may change, the code stays. It
ends the error in Dagster's UI, in `runs/<run_id>/errors.jsonl` and in the traceback that `--verbose` shows. `{VALUE}`
stands for values. Exit code 2 means that a flag, a setting or a file can never work as given, and 1 that it may work
the next time; an error that ends a run under way always has exit code 1.
"""

SETTING_GROUPS: Final[Mapping[str, str]] = {
    "storage": "Where things live",
    "world": "The synthetic company",
    "scoring": "Scoring",
    "llm": "Language models",
    "sales": "Sales log",
    "whitespace": "Whitespace",
    "schedules": "Schedules",
    "ui": "The UI",
}
"""The groups of settings, with what the page calls them."""

COMMANDS_WITH_SETTINGS: Final = (("run",), ("whitespace", "run"))

SCHEMAS: Final[Mapping[str, str]] = {
    "crm": "the synthetic company, as its CRM shows it",
    "truth": "what is really so; never read by anything that scores or learns",
    "scoring": "scores, their evidence, what models cost, and how good the scores are",
    "sales": "the sales log and what was read from it",
    "whitespace": "features, models, the hold-out and the list of what to sell next",
    "datasets": "data as they are declared, and whether they keep their promises",
    "report": "the executive report",
    "mart": "wide views, in the published copy only",
    "ops": "finished runs",
}
"""The schemas of the warehouse, in the order of the page."""

MAX_SOURCES: Final = 2
"""Columns of one table that a column's origin names one by one."""

UI_LINK: Final = re.compile(r"\[([^]]+)\]\(/guess/[^)]+\)")
LINK_TO_COLUMN: Final = re.compile(r"\[([a-z_.]+)\]\(/assets/[a-z_/]+\)")
HINT_IN_UI: Final = re.compile(r" ?[^.]*\[[^]]+\]\(/(?:assets|guess)/[^)]+\).*")
"""From a sentence on that leads elsewhere in the UI."""


def is_table(key: dg.AssetKey, metadata: Mapping[str, object]) -> bool:
    """Whether an asset has a table of its own, which is called as it is."""
    return metadata.get("dagster/table_name") == ".".join(key.path)


def reference() -> str:
    """The whole page as Markdown.

    Raises:
        ValueError: A schema has no description.
        KeyError: A group of settings has no heading.
    """
    definitions = build_definitions(settings=Settings())
    graph = definitions.resolve_asset_graph()
    specs = [graph.get(key) for key in graph.toposorted_asset_keys]
    tables = {
        spec.key.to_user_string(): (spec.description or "", spec.metadata["dagster/column_schema"])
        for spec in specs
        if is_table(spec.key, spec.metadata)
    }
    others = [
        [_code(spec.key.to_user_string()), UI_LINK.sub(r"`\1`", spec.description or "")]
        for spec in specs
        if not is_table(spec.key, spec.metadata)
    ]
    sections = [
        INTRODUCTION,
        "## Settings\n",
        SETTINGS_INTRODUCTION,
        *_settings(),
        "## Commands\n",
        *_commands(),
        "## Jobs, schedules and sensors\n",
        _automation(definitions),
        "## Error codes\n",
        CODES_INTRODUCTION,
        _error_codes(),
        "## Tables\n",
        TABLES_INTRODUCTION,
        _table(["Asset", "What it is"], others),
        *_tables(tables),
        "## Columns\n",
        "A column may hold NULL only where its meaning says so.\n",
        *_columns(tables),
    ]
    return "\n".join(sections)


def flags_of(*command: str) -> set[str]:
    """The long flags of a command, such as `flags_of("whitespace", "run")`, without `--help`."""
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", help_of(*command), re.MULTILINE)) - {"--help"}


def commands() -> list[tuple[str, ...]]:
    """Every command, in the order of `--help`; those of a group follow it, such as `("whitespace", "run")`."""
    return [
        command for name in _listed_commands() for command in [(name,), *((name, it) for it in _listed_commands(name))]
    ]


@cache
def help_of(*command: str) -> str:
    """What `synthdeal <command> --help` prints, in lines of at most 80 characters."""
    result = CliRunner().invoke(app, [*command, "--help"], prog_name="synthdeal", env={"COLUMNS": "82"})
    if result.exit_code != 0:
        raise RuntimeError(f"synthdeal {' '.join(command)} --help ended with {result.exit_code}: {result.output}")
    return result.stdout


def default_as_written(default: object) -> str:
    """The default of a setting as a settings file has it; empty when there is none."""
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def _settings() -> Iterator[str]:
    flags = {flag for command in COMMANDS_WITH_SETTINGS for flag in flags_of(*command)}
    for group, settings in groupby(every_setting(), key=lambda setting: setting.group):
        yield f"### {SETTING_GROUPS[group]}\n"
        rows = []
        for setting in settings:
            flag = FLAGS.get(setting.name, f"--{setting.name.replace('_', '-')}")
            rows.append(
                [
                    _code(setting.variable),
                    _code(default_as_written(setting.default)),
                    _code(flag if flag in flags else ""),
                    setting.description,
                ]
            )
        yield _table(["Setting", "Default", "Flag", "Meaning"], rows)


def _listed_commands(*group: str) -> list[str]:
    return re.findall(r"^  ([a-z][a-z-]*)  ", help_of(*group).partition("\nCommands:\n")[2], re.MULTILINE)


def _commands() -> Iterator[str]:
    for command in [(), *commands()]:
        yield f"### {' '.join(['synthdeal', *command])}\n"
        yield f"```text\n{help_of(*command).rstrip()}\n```\n"


def _automation(definitions: dg.Definitions) -> str:
    jobs = [job for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")]
    kinds: list[tuple[str, Iterable[dg.JobDefinition | dg.ScheduleDefinition | dg.SensorDefinition]]] = [
        ("job", jobs),
        ("schedule", [item for item in definitions.schedules or () if isinstance(item, dg.ScheduleDefinition)]),
        ("sensor", [item for item in definitions.sensors or () if isinstance(item, dg.SensorDefinition)]),
    ]
    rows = [[_code(item.name), kind, item.description] for kind, items in kinds for item in items]
    return _table(["Name", "Kind", "What it does"], rows)


def _error_codes() -> str:
    failures: dict[str, list[CodedFailure]] = {}
    for failure in coded_failures():
        for code in failure.codes:
            failures.setdefault(code, []).append(failure)
    return _table(
        ["Code", "Sentence", "Exit code", "Raised in"],
        [
            [
                _code(code),
                SENTENCES.get(code, alike[0].sentence).replace(f"{VALUE}.", VALUE),
                "2" if alike[0].usage else "1",
                ", ".join(_code(module) for module in dict.fromkeys(failure.module for failure in alike)),
            ]
            for code, alike in sorted(failures.items())
        ],
    )


def _tables(tables: Mapping[str, tuple[str, dg.TableSchema]]) -> Iterator[str]:
    unknown = {key.partition("/")[0] for key in tables} - set(SCHEMAS)
    if unknown:
        raise ValueError(f"schemas without a description: {sorted(unknown)}")
    for schema, meaning in SCHEMAS.items():
        yield f"### `{schema}`: {meaning}\n"
        rows = [
            [f"[`{key.replace('/', '.')}`](#{key.replace('/', '')})", HINT_IN_UI.sub("", comment)]
            for key, (comment, _) in tables.items()
            if key.startswith(f"{schema}/")
        ]
        yield _table(["Table", "One row is"], rows)


def _columns(tables: Mapping[str, tuple[str, dg.TableSchema]]) -> Iterator[str]:
    by_schema = sorted(tables, key=lambda key: list(SCHEMAS).index(key.partition("/")[0]))
    for _, keys in groupby(by_schema, key=lambda key: key.partition("/")[0]):
        for key in keys:
            schema = tables[key][1]
            yield f"### {key.replace('/', '.')}\n"
            rows = [[_code(column.name), column.type, _meaning(column)] for column in schema.columns]
            yield _table(["Column", "Type", "Meaning"], rows)


def _meaning(column: dg.TableColumn) -> str:
    comment, _, origin = (column.description or "").partition(" From [")
    sources = [link[1] for link in LINK_TO_COLUMN.finditer(f"[{origin}")]
    # A key that refers to another table is among the sources already.
    limits = [limit for limit in column.constraints.other if limit.removeprefix("references ") not in sources]
    if column.constraints.nullable and "NULL" not in comment:
        limits.append("may be NULL")
    return " ".join([comment, *_origin(sources), *([f"({'; '.join(limits)})"] if limits else [])])


def _origin(sources: Sequence[str]) -> Iterator[str]:
    """The sources in a sentence; many columns of one table are named by their table."""
    tables = [source.rpartition(".")[0] for source in sources]
    named = [
        table if tables.count(table) > MAX_SOURCES else source for table, source in zip(tables, sources, strict=True)
    ]
    if named:
        yield f"From {', '.join(map(_code, dict.fromkeys(named)))}."


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    lines = [header, ["---"] * len(header), *([(cell or "").replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def environment_example() -> str:
    """An environment file with every setting at its default, commented out."""
    written = [
        KEYS_IN_ENVIRONMENT
        if setting.name in KEY_FIELDS
        else f"# {setting.description}\n#{setting.variable}={_quoted(default_as_written(setting.default))}\n"
        for setting in every_setting()
    ]
    return ENVIRONMENT_INTRODUCTION + "\n".join(dict.fromkeys(written))


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


if __name__ == "__main__":
    ENVIRONMENT_EXAMPLE.write_text(environment_example(), encoding="utf-8")
    REFERENCE.write_text(reference(), encoding="utf-8")
