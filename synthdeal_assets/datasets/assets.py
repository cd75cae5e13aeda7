"""The assets of the datasets: their specifications, and what is generated of each, a partition a dataset.

`datasets/specs` is one asset for all of them. What is made of a dataset depends on it alone, so that the job runs
without a key too: what is asked for stands in the config of `specs`, and the run remembers which dataset that is. How
tables, promises and exports come from each other is told by their columns. The work is done in `keeping.py`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import dagster as dg
from pydantic import Field

from synthdeal_assets.datasets.partitions import DATASETS, PARTITIONS_NAME
from synthdeal_assets.datasets.tables import EXPORTS, MESSAGES, PROMISES, SESSIONS, SPECS, TABLES
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_asset, table_metadata, table_spec
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create
from synthdeal_assets.settings import Settings, names_in, written_names

if TYPE_CHECKING:
    from synthdeal_assets.datasets.keeping import Keeper
    from synthdeal_assets.datasets.words.plan import Plan

DATASET_TAG: Final = "synthdeal/dataset"
FORMATS_TAG: Final = "synthdeal/dataset_formats"
"""Of a run that was launched without a key: which dataset it makes, and what it is exported as."""

EXPORT_FOLDER: Final = "exports"
"""Under the home folder: where a run exports a dataset, in a folder of its name."""


class DatasetRequest(dg.Config):
    """Which dataset a run makes: one that is asked for or declared here, or one that is there already."""

    request: str = Field(default="", description="What you want, in words; every question takes its default.")

    specification: str = Field(default="", description="The specification (YAML) of a dataset, new or changed.")
    name: str = Field(default="", description="Name of a dataset that is there, to generate it anew.")
    formats: list[str] = Field(
        default_factory=list, description="Formats to export it to, such as csv, xlsx or sql; none to export nothing."
    )


@table_asset(SPECS, kinds={"duckdb", "yaml"})
def specs(
    context: dg.AssetExecutionContext,
    config: DatasetRequest,
    warehouse: Warehouse,
    settings: dg.ResourceParam[Settings],
) -> dg.MaterializeResult[None]:
    """Store the specification that is asked for; without one, only tell which there are."""
    # What reads words and specifications takes a while to import, which only this step should wait for.
    from synthdeal_assets.datasets.preparation import prepared
    from synthdeal_assets.datasets.sessions import Sessions, plan_of
    from synthdeal_assets.datasets.spec.spec_file import read_specification

    keeper = _keeper(warehouse, settings)
    given = [each for each in ("request", "specification", "name") if getattr(config, each)]
    if len(given) > 1:
        raise SynthDealError(
            f"The config of datasets/specs has {' and '.join(given)}: give one of them.",
            code="datasets.several-named",
            usage=True,
        )
    name, formats = config.name, config.formats
    if config.request:
        plan = plan_of(config.request, utc_now().date())
        planned = Sessions(keeper, settings.storage.keep_sessions_days).begin(plan, questions_open=0)
        name, formats = planned.stored.name, formats or [*plan.formats]
        _log_plan(context, plan)
    elif config.specification:
        read = read_specification(config.specification, "the specification")
        prepared(read)
        name = keeper.store(read).name
    elif name:
        keeper.newest(name)
    if name:
        context.instance.add_dynamic_partitions(PARTITIONS_NAME, [name])
        context.instance.add_run_tags(
            context.run.run_id, {DATASET_TAG: name, FORMATS_TAG: written_names(formats) if formats else ""}
        )
    with warehouse.transaction() as connection:
        create(connection, SPECS)
        return dg.MaterializeResult(metadata=table_metadata(connection, SPECS))


@dg.multi_asset(
    name="datasets__generated",
    specs=[
        table_spec(table, deps=[SPECS], kinds=kinds, partitions_def=DATASETS)
        for table, kinds in (
            (TABLES, {"duckdb", "polars", "parquet"}),
            (PROMISES, {"duckdb"}),
            (EXPORTS, {"duckdb"}),
        )
    ],
)
def generated(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.MaterializeResult[None]]:
    """Generate a dataset, recount its promises from the files, and export it."""
    from synthdeal_assets.datasets.certificate.wording import first_line
    from synthdeal_assets.datasets.version_events import version_metadata

    keeper = _keeper(warehouse, settings)
    name, formats = _asked_for(context, keeper)
    stored = keeper.newest(name)
    version, made = keeper.make_version(stored.read(), of=stored)
    for written in made.tables:
        context.log.info("%s: %s rows", written.name, f"{written.rows:,}")
    context.log.info("%s", first_line(made.certificate))
    folder = keeper.home / EXPORT_FOLDER / name
    if formats:
        keeper.export(version, made, folder, formats, overwrite=True)
    for table, metadata in version_metadata(keeper, version, made).items():
        if not context.has_partition_key:
            context.log_event(dg.AssetMaterialization(asset_key(table), partition=name, metadata=metadata))
        yield dg.MaterializeResult(asset_key=asset_key(table), metadata=metadata)


def _log_plan(context: dg.AssetExecutionContext, plan: "Plan") -> None:
    """Tell what was assumed and what was not understood: nobody is there to be asked."""
    for question in plan.questions:
        context.log.info("%s %s", question.text, question.default)
    lost = [*(span.text for span in plan.not_understood), *(problem.words.text for problem in plan.problems())]
    if plan.to_check:
        context.log.info("To check: %s", "; ".join(plan.to_check))
    if lost:
        context.log.warning("Not understood: %s", ", ".join(map(repr, lost)))


def _keeper(warehouse: Warehouse, settings: Settings) -> "Keeper":
    from synthdeal_assets.datasets.keeping import Keeper

    return Keeper(settings.storage.home.absolute(), warehouse, settings.storage.turn_timeout, now=utc_now)


def _asked_for(context: dg.AssetExecutionContext, keeper: "Keeper") -> tuple[str, tuple[str, ...]]:
    """The dataset that a run makes, and the formats that it is exported in."""
    from synthdeal_assets.datasets.catalogue import exported_formats

    if context.has_partition_key:
        with keeper.warehouse.connect() as connection:
            folder = keeper.home / EXPORT_FOLDER / context.partition_key
            return context.partition_key, tuple(exported_formats(connection, context.partition_key, folder))
    run = context.instance.get_run_by_id(context.run.run_id)
    name = run.tags.get(DATASET_TAG) if run is not None else None
    if run is None or name is None:
        raise SynthDealError(
            "The run names no dataset: write a specification or a name into the config of datasets/specs, or choose a "
            "partition.",
            code="datasets.none-named",
            usage=True,
        )
    return name, names_in(run.tags.get(FORMATS_TAG, ""))


DATASET_ASSETS: Final[list[dg.AssetsDefinition | dg.AssetSpec]] = [
    specs,
    generated,
    # No run makes them: they are what is said on the command line.
    table_spec(SESSIONS, deps=[SPECS], kinds={"duckdb"}),
    table_spec(MESSAGES, deps=[SESSIONS], kinds={"duckdb"}),
]
