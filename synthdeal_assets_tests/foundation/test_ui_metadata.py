"""What the UI shows of a table: its columns, limits, lineage, row count and a preview."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    SHOWN_AT_ONCE,
    column_schema,
    markdown_table,
    table_metadata,
    table_spec,
)
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse

ACCOUNTS = Table("demo", "accounts", "A company.", (Column("account_id", "VARCHAR", "Identifier."),), ("account_id",))
DEALS = Table(
    "demo",
    "deals",
    "A deal of a company.",
    (
        Column("deal_id", "VARCHAR", "Identifier of the deal."),
        Column("account_id", "VARCHAR", "The company.", references="demo.accounts.account_id"),
        Column("parent_id", "VARCHAR", "Deal before it.", nullable=True, references="demo.deals.deal_id"),
        Column("stage", "VARCHAR", "Stage.", values=("Open", "Won")),
        Column("chance", "DOUBLE", "Chance.", minimum=0, maximum=1, derived_from=("demo.accounts.account_id",)),
    ),
    ("deal_id",),
)
ROWS = pl.DataFrame(
    {
        "deal_id": [f"D{number}" for number in range(8, -1, -1)],
        "account_id": ["A1"] * 9,
        "parent_id": pl.Series([None] * 9, dtype=pl.String),
        "stage": ["Open"] * 9,
        "chance": [0.5] * 9,
    }
)


@pytest.fixture(scope="module")
def materialised(tmp_path_factory: pytest.TempPathFactory) -> tuple[dg.ExecuteInProcessResult, dg.AssetsDefinition]:
    warehouse = Warehouse(database=str(Path(tmp_path_factory.mktemp("ui")) / "warehouse.duckdb"), lock_timeout=5)

    @dg.multi_asset(specs=[table_spec(ACCOUNTS), table_spec(DEALS, deps=[ACCOUNTS], metadata={"rooms": 1})])
    def writer(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
        warehouse.replace({ACCOUNTS: pl.DataFrame({"account_id": ["A1"]}), DEALS: ROWS})
        with warehouse.connect() as connection:
            for table in (ACCOUNTS, DEALS):
                yield dg.MaterializeResult(asset_key=table.key, metadata=table_metadata(connection, table))

    return dg.materialize([writer], resources={"warehouse": warehouse}), writer


def test_an_asset_has_its_tables_key_group_description_owner_and_kinds(
    materialised: tuple[dg.ExecuteInProcessResult, dg.AssetsDefinition],
) -> None:
    spec = materialised[1].get_asset_spec(dg.AssetKey(["demo", "deals"]))
    assert (spec.group_name, spec.description, list(spec.owners)) == (
        "demo",
        "A deal of a company.",
        ["team:revenue-operations"],
    )
    assert spec.kinds == {"duckdb", "polars"}
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["demo", "accounts"])]
    assert spec.metadata["dagster/table_name"] == "demo.deals"
    assert spec.metadata["rooms"] == 1


def test_every_column_shows_its_comment_and_its_limits() -> None:
    columns = {column.name: column for column in column_schema(DEALS).columns}
    assert columns["stage"].description == "Stage."
    assert columns["stage"].constraints.other == ["one of: Open, Won"]
    assert columns["chance"].constraints.other == ["at least 0", "at most 1"]
    assert columns["account_id"].constraints.other == ["references demo.accounts.account_id"]
    assert columns["deal_id"].constraints.unique
    assert not columns["deal_id"].constraints.nullable
    assert columns["parent_id"].constraints.nullable


def test_a_column_says_in_its_comment_where_it_comes_from_because_the_ui_draws_no_column_lineage() -> None:
    columns = {column.name: column for column in column_schema(DEALS).columns}
    assert columns["chance"].description == "Chance. From [demo.accounts.account_id](/assets/demo/accounts)."
    assert columns["parent_id"].description == "Deal before it."


def test_a_materialisation_carries_row_count_lineage_and_a_small_preview_and_the_definition_the_schema(
    materialised: tuple[dg.ExecuteInProcessResult, dg.AssetsDefinition],
) -> None:
    event = materialised[0].asset_materializations_for_node("writer")[1]
    assert event.metadata["dagster/row_count"].value == 9
    assert "dagster/column_schema" not in event.metadata
    assert table_spec(DEALS).metadata["dagster/column_schema"] == column_schema(DEALS)
    preview = str(event.metadata["preview"].value).splitlines()
    assert len(preview) == 2 + 5
    assert preview[2] == "| `D0` | `A1` |  | `Open` | `0.5` |"
    lineage = event.metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    upstream = dg.TableColumnDep(asset_key=dg.AssetKey(["demo", "accounts"]), column_name="account_id")
    assert lineage.deps_by_column == {"account_id": [upstream], "chance": [upstream]}


def test_a_frame_is_described_without_a_warehouse() -> None:
    metadata = table_metadata(ROWS, DEALS, preview_rows=2)
    assert metadata["dagster/row_count"] == 9
    assert len(str(metadata["preview"].value).splitlines()) == 2 + 2


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a | b\nc", "`a ¦ b c`"),
        ("`x` <img src=x onerror=alert(1)>", "`'x' <img src=x onerror=alert(1)>`"),
        ("zero\u200bwidth \u202eturned", "`zero width turned`"),
        ("   ", ""),
        ("long " * 40, f"`{('long ' * 40)[:59]}…`"),
    ],
)
def test_text_from_the_crm_can_neither_end_its_cell_nor_be_interpreted(text: str, cell: str) -> None:
    table = markdown_table(pl.DataFrame({"notes": [text]}))
    assert table.splitlines()[2] == f"| {cell} |"


def test_names_of_columns_are_not_interpreted_either_and_plain_words_stay_as_they_are() -> None:
    frame = pl.DataFrame({"customer_id": [1], "[x](https://a.example)|<b>": [2], "www.a.example": [3]})
    header = markdown_table(frame).splitlines()[0].rstrip()
    assert header == "| customer_id | `[x](https://a.example)¦<b>` | `www.a.example` |"


def test_the_preview_of_a_wide_table_is_turned_so_that_it_is_read_downwards() -> None:
    wide = Table(
        "demo", "wide", "Wide.", tuple(Column(f"c{n}", "VARCHAR", "C.", nullable=n > 0) for n in range(9)), ("c0",)
    )
    rows = pl.DataFrame({f"c{n}": [f"{n}{row} " + "x" * 50 for row in "abcdef"] for n in range(9)})
    preview = str(table_metadata(rows, wide)["preview"].value).splitlines()
    assert preview[0] == "| column | row 1 | row 2 | row 3 |"
    assert preview[2] == f"| `c0` | `0a {'x' * 28}…` | `0b {'x' * 28}…` | `0c {'x' * 28}…` |"
    assert len(preview) == 2 + 9


def test_a_table_too_wide_to_stand_beside_others_goes_behind_a_link() -> None:
    narrow = markdown_table(pl.DataFrame({"a measure": ["of two words"] * 2, "value": [0.123, 0.456]}))
    wide = markdown_table(pl.DataFrame({f"column {n}": ["unbreakable"] for n in range(5)}))
    assert len(narrow) < SHOWN_AT_ONCE <= len(wide)


def test_a_table_without_rows_says_so() -> None:
    assert markdown_table(DEALS.empty()) == "No rows."
