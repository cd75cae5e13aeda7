"""`synthdeal doctor`: every setting with its source, and whether all that SynthDeal needs is there.

It looks and says; it repairs nothing. A home that does not exist yet is no fault, as long as it can be made. Each look
imports what it needs by itself, so that a package that is missing is a finding and not the end of all the others.
"""

from __future__ import annotations

import platform
import shlex
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import duckdb
import yaml
from rich.table import Table
from rich.text import Text

from synthdeal_assets.cli.console import results
from synthdeal_assets.cli.failures import describe_failure
from synthdeal_assets.cli.finding import Finding
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.private_files import open_to_others
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.settings import KEY_FIELDS, Settings, every_setting, variable_name, without_passwords
from synthdeal_assets.settings.sources import ENV_FILE
from synthdeal_assets.whitespace.learning_packages import packages_to_install, stand_in_notice

LITTLE_SPACE_BYTES: Final = 500 * 2**20
"""A world of 500 opportunities with Dagster's history takes about 30 MB; beneath this, larger ones soon fail."""

USUAL_TOKENS: Final = 1_000
"""Read and written. Of some models, large requests have another price: a usual one is looked up."""

PARTS: Final = (
    "dagster",
    "dagster-webserver",
    "dagster-duckdb",
    "duckdb",
    "polars",
    "numpy",
    "faker",
    "openai",
    "anthropic",
    "genai-prices",
    "sqlalchemy",
)
LEARNING_PARTS: Final = ("scikit-learn", "lightgbm", "mlflow-skinny")
"""Of the extra whitespace."""


def examine(settings: Settings, *, ask: bool) -> int:
    """Print the settings and the findings; returns 1 when something needed is missing, else 0.

    Args:
        settings: What is examined.
        ask: Whether the model is asked too, with one small request.
    """
    results.print(_settings_table(settings))
    findings = [
        _finding(subject, look, settings)
        for subject, look in (
            ("Home folder", _home),
            ("Private files", _private),
            ("Disk space", _disk),
            ("Warehouse", _warehouse),
            ("Dagster home", _dagster_home),
            ("Code location", _code_location),
            ("Python", _python),
            ("Packages", _packages),
            ("Keys", _keys),
            ("Scorer", _scorer),
            ("Price", _price),
            ("Prompts", _prompts),
            ("Learning", _learning),
            ("Sales log", _sales_log),
        )
    ]
    if ask:
        findings += _asked(settings)
    table = Table(title="Checks", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "Check", "Found"):
        table.add_column(heading, overflow="fold")
    marks = {True: Text("ok", "green"), False: Text("FAULT", "bold red"), None: Text("note", "yellow")}
    for finding in findings:
        table.add_row(marks[finding.fine], Text(finding.subject), Text(finding.detail))
    results.print(table)
    return 1 if any(finding.fine is False for finding in findings) else 0


def _settings_table(settings: Settings) -> Table:
    table = Table(title="Settings", title_justify="left", box=None, pad_edge=False)
    # A name that is broken cannot be looked for or copied.
    for heading in ("Setting", "Value", "From"):
        table.add_column(heading, overflow="fold", no_wrap=heading != "Value")
    for setting in every_setting():
        value = settings.value_of(setting.name)
        if setting.is_secret:
            shown = "set" if value is not None else "not set"
        else:
            shown = "not set" if value is None else redact(without_passwords(str(value)))
        table.add_row(Text(setting.variable), Text(shown), Text(settings.source_of(setting.name)))
    return table


def _finding(subject: str, look: Callable[[Settings], tuple[bool | None, str]], settings: Settings) -> Finding:
    try:
        fine, detail = look(settings)
    except (SynthDealError, ImportError, OSError, ValueError, duckdb.Error) as error:
        return Finding(subject, fine=False, detail=describe_failure(error)[0])
    return Finding(subject, fine, detail)


def _asked(settings: Settings) -> list[Finding]:
    from synthdeal_assets.cli.doctor_ask import ask_endpoint

    try:
        return ask_endpoint(settings)
    except (SynthDealError, ImportError, duckdb.Error) as error:
        return [Finding("Asked", fine=False, detail=describe_failure(error)[0])]


def _home(settings: Settings) -> tuple[bool, str]:
    home = settings.storage.home.absolute()
    if not home.exists():
        with tempfile.TemporaryFile(dir=_nearest_folder(home)):
            return True, f"{home} does not exist yet and can be created"
    with tempfile.TemporaryFile(dir=home):
        return True, f"{home} is writable"


def _private(settings: Settings) -> tuple[bool | None, str]:
    found = [path.absolute() for path in (ENV_FILE, settings.storage.home) if open_to_others(path)]
    if not found:
        return True, "nobody else can open the home or .env"
    return None, f"other users can open {found[0]}: run `chmod go= {shlex.quote(str(found[0]))}`"


def _disk(settings: Settings) -> tuple[bool | None, str]:
    free = shutil.disk_usage(_nearest_folder(settings.storage.home.absolute())).free
    return (True if free >= LITTLE_SPACE_BYTES else None), f"{free / 2**30:.1f} GiB free"


def _warehouse(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.foundation.warehouse.warehouse import Warehouse

    path = settings.storage.warehouse_path
    if not path.exists():
        return None, "does not exist yet; `synthdeal run` creates it"
    warehouse = Warehouse.of(settings)
    tables = warehouse.read("SELECT count(*) AS tables FROM duckdb_tables() WHERE NOT internal")["tables"].item()
    layout = warehouse.read("SELECT max(version) AS version FROM ops.schema_version")["version"].item()
    return True, f"opens: layout {layout}, {tables} tables, {path.stat().st_size / 2**20:.1f} MiB"


def _dagster_home(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.cli.home import dagster_instance
    from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home

    configured = settings.storage.dagster_home / "dagster.yaml"
    if not configured.exists():
        return None, f"{settings.storage.dagster_home} does not exist yet; `synthdeal run` creates it"
    prepare_dagster_home(settings.storage.home.absolute())
    with dagster_instance(settings):
        parts = yaml.safe_load(configured.read_text(encoding="utf-8"))
    return True, f"{configured} configures {', '.join(sorted(parts))}"


def _code_location(settings: Settings) -> tuple[bool, str]:
    from synthdeal_assets.definitions import ROOMS, build_definitions

    graph = build_definitions(settings=settings).resolve_asset_graph()
    counts = f"{len(graph.get_all_asset_keys())} assets, {len(graph.asset_check_keys)} checks"
    return True, f"loads: {counts} in the rooms {', '.join(room.name for room in ROOMS)}"


def _python(_: Settings) -> tuple[bool, str]:
    return True, f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def _packages(_: Settings) -> tuple[bool, str]:
    missing = [part for part in PARTS if _version(part) is None]
    if missing:
        return False, f"not installed: {', '.join(missing)}; run `pip install synthdeal` again"
    return True, ", ".join(f"{part} {_version(part)}" for part in (*PARTS, *LEARNING_PARTS) if _version(part))


def _version(part: str) -> str | None:
    try:
        return version(part)
    except PackageNotFoundError:
        return None


def _keys(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.scoring.scorers.make_scorer import make_scorer

    present = [variable_name(field) for field in KEY_FIELDS if settings.value_of(field) is not None]
    make_scorer(settings)  # Says so when the scorer needs a key that is not there.
    return True, f"{', '.join(present) or 'none set'}; the {settings.scoring.scorer} scorer has what it needs"


def _scorer(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.cli.present_scorer import present_scorer
    from synthdeal_assets.scoring.scorers.hybrid import asked_model
    from synthdeal_assets.scoring.scorers.make_scorer import HYBRID

    llm = asked_model(present_scorer(settings))
    if llm is None:
        return True, f"{settings.scoring.scorer}: fixed rules, no model"
    filled_in = "; the heuristic where it fails" if settings.scoring.scorer == HYBRID else ""
    asked = f"{llm.model} at {llm.connection.endpoint}"
    return (
        True,
        f"{settings.scoring.scorer}: {asked}{filled_in} (contacted only by `synthdeal doctor --ask`)",
    )


def _price(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.cli.present_scorer import present_scorer
    from synthdeal_assets.llm.chat import TokenUsage
    from synthdeal_assets.scoring.scorers.hybrid import asked_model

    llm = asked_model(present_scorer(settings))
    if llm is None:
        return True, f"the {settings.scoring.scorer} scorer costs nothing"
    prices = llm.connection.prices
    cost = prices.cost(llm.name, llm.model, TokenUsage(USUAL_TOKENS, USUAL_TOKENS), utc_now())
    if cost is None:
        return None, (
            f"unknown for {llm.model} at {llm.connection.endpoint}: costs stay unknown and cannot be capped in USD "
            "unless you set SYNTHDEAL_INPUT_PRICE and SYNTHDEAL_OUTPUT_PRICE"
        )
    return True, f"known for {llm.model}, from {prices.version}"


def _prompts(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.scoring.scorers.llm_scorer import scoring_prompts

    folder = settings.llm.prompts
    version_of_prompts = scoring_prompts(folder).version
    return True, f"{version_of_prompts}, {'the built-in ones' if folder is None else f'from {folder}'}"


def _learning(settings: Settings) -> tuple[bool | None, str]:
    # Both are no fault: the main job needs none of it, and something else learns where LightGBM does not load.
    if (sentence := packages_to_install() or stand_in_notice()) is not None:
        return None, sentence
    address = without_passwords(settings.mlflow_address)
    return True, f"LightGBM and scikit-learn load; MLflow keeps runs and models at {redact(address)}"


def _sales_log(settings: Settings) -> tuple[bool | None, str]:
    from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
    from synthdeal_assets.whitespace.run_results import data_in_words, read_log_facts

    if settings.storage.warehouse_path.exists():
        with Warehouse.of(settings).connect() as connection:
            facts = read_log_facts(connection)
        if facts is not None:
            return True, data_in_words(facts)
    return None, "none has been read yet; `synthdeal whitespace run` reads one or generates a synthetic one"


def _nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    while not path.exists():
        path = path.parent
    return path
