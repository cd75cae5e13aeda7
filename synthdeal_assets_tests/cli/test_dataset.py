"""`synthdeal dataset`: from a specification to files whose promises were recounted, and what becomes of the files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.datasets.catalogue import StoredSpecification
from synthdeal_assets.datasets.keeping import Keeper
from synthdeal_assets.datasets.partitions import PARTITIONS_NAME
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import Synthdeal, code_of

# Each of them is several commands, most of which make and recount a dataset.
pytestmark = pytest.mark.slow

SHOP = """\
dataset: shop
seed: 3
tables:
  customers:   # who buys
    rows: 1_000
    fields:
      customer_id: {key: "C-{:05d}"}
      city: {one_of: {Bern: 50%, Basel: 30%, Genf: 20%}}
      spent: {sum: orders.amount}
  orders:
    rows: {per: customers, count: {1: 50%, 3: 50%}, total: 2_100}
    fields:
      order_id: {key: integer}
      customer_id: {refers_to: customers}
      amount: {uniform: 1 .. 100, decimals: 2}
      returned: {flag: 5%}
"""

Home = Path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def versions(home: Path, name: str = "shop") -> list[str]:
    return sorted(path.name for path in (home / "datasets" / name).iterdir() if path.is_dir())


def stored(home: Path, query: str) -> pl.DataFrame:
    return Warehouse(database=str(home / "warehouse.duckdb")).read(query)


def test_a_specification_becomes_files_and_every_promise_of_it_a_row(
    synthdeal: Synthdeal, shop: Path, home: Path
) -> None:
    result = synthdeal("dataset", "generate", shop, "--home", home)

    assert result.exit_code == 0, result.output
    folder = home / "datasets" / "shop" / "v1"
    assert pl.read_parquet(folder / "orders.parquet").height == 2_100
    assert (folder / "specification.yaml").read_text(encoding="utf-8") == SHOP
    promises = stored(home, "SELECT * FROM datasets.promises ORDER BY position")
    assert promises["held"].all()
    assert f"{promises.height} of {promises.height} promises held" in result.output
    flag = promises.filter(pl.col("field") == "returned", pl.col("kind") == "share").row(0, named=True)
    assert flag["line"] == SHOP.splitlines().index("      returned: {flag: 5%}") + 1
    assert "105" in flag["measured"]
    files = stored(home, "SELECT * FROM datasets.tables ORDER BY position")
    assert files["table_name"].to_list() == ["customers", "orders"]
    assert files["rows"].to_list() == [1_000, 2_100]


def test_the_same_specification_gives_the_same_bytes_and_the_last_two_versions_stay(
    synthdeal: Synthdeal, shop: Path, home: Path
) -> None:
    for named in (shop, "shop", "shop"):
        assert synthdeal("dataset", "generate", named, "--home", home).exit_code == 0

    hashes = stored(home, "SELECT version, content_hash FROM datasets.tables WHERE table_name = 'orders'")
    assert hashes["version"].to_list() == [2, 3]
    assert hashes["content_hash"].n_unique() == 1
    assert versions(home) == ["v2", "v3"]
    assert stored(home, "SELECT version FROM datasets.specs ORDER BY version")["version"].to_list() == [1, 2, 3]


def test_a_dataset_that_a_command_has_made_is_a_green_partition_in_the_ui(
    synthdeal: Synthdeal, shop: Path, home: Path
) -> None:
    synthdeal("dataset", "generate", shop, "--home", home)

    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["shop"]
        for table in ("tables", "promises", "exports"):
            assert instance.get_materialized_partitions(dg.AssetKey(["datasets", table])) == {"shop"}


@pytest.mark.parametrize("format_", ["csv", "parquet", "json", "jsonl"])
def test_exported_files_are_recounted_and_verified_without_the_home(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path, format_: str
) -> None:
    out = tmp_path / "out"
    result = synthdeal("dataset", "generate", shop, "--home", home, "--format", format_, "-o", out)

    assert result.exit_code == 0, result.output
    assert "recounted from these files" in result.output
    names = {path.name for path in out.iterdir()}
    assert names == {
        f"customers.{format_}",
        f"orders.{format_}",
        "seal.json",
        "specification.yaml",
        "datapackage.json",
        "index.html",
    }
    assert synthdeal("dataset", "verify", out).exit_code == 0
    exports = stored(home, "SELECT * FROM datasets.exports").row(0, named=True)
    assert (exports["format"], exports["folder"]) == (format_, str(out))
    assert exports["held"] == exports["promises"] > 0


def test_one_changed_cell_breaks_the_promise_and_is_named(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    synthdeal("dataset", "generate", shop, "--home", home, "--format", "csv", "-o", out)
    lines = (out / "orders.csv").read_text(encoding="utf-8").splitlines()
    order, customer, amount, returned = lines[700].split(",")
    lines[700] = f"{order},{customer},{float(amount) + 0.01:.2f},{returned}"
    (out / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    result = synthdeal("dataset", "verify", out)

    assert result.exit_code == 1
    held, promised = map(int, re.findall(r"\d+", result.output.splitlines()[0])[:2])
    assert held < promised
    assert customer.strip('"') in result.output


def test_formats_of_databases_and_sheets_say_that_they_are_not_recounted(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = synthdeal("dataset", "generate", shop, "--home", home, "--format", "sqlite", "--format", "csv", "-o", out)

    assert result.exit_code == 0, result.output
    assert (out / "sqlite" / "shop.sqlite").is_file()
    assert (out / "csv" / "orders.csv").is_file()
    assert re.search(r"Exported as sqlite to .*; these files are not recounted", result.output)


def test_options_go_to_the_formats_that_have_them_and_are_recounted(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    formats = ("--format", "csv", "--format", "json", "-o", out)
    options = ("--option", "delimiter=semicolon", "--option", "encoding=utf-16", "--option", "orientation=columns")
    result = synthdeal("dataset", "generate", shop, "--home", home, *formats, *options)

    assert result.exit_code == 0, result.output
    assert "customer_id;city;spent" in (out / "csv" / "customers.csv").read_text(encoding="utf-16").splitlines()[0]
    assert [*json.loads((out / "json" / "customers.json").read_text(encoding="utf-8"))] == [
        "customer_id",
        "city",
        "spent",
    ]
    for format_ in ("csv", "json"):
        assert synthdeal("dataset", "verify", out / format_).exit_code == 0
    changed = (out / "json" / "orders.json").read_text(encoding="utf-8").replace("true", "false", 1)
    (out / "json" / "orders.json").write_text(changed, encoding="utf-8")
    assert synthdeal("dataset", "verify", out / "json").exit_code == 1

    for arguments, code in (
        ((*formats, "--option", "indent=many"), "export.bad-option"),
        ((*formats, "--option", "dialect=mysql"), "export.unknown-option"),
        (("--option", "indent=2"), "datasets.format-without-output"),
    ):
        refused = synthdeal("dataset", "generate", shop, "--home", home, *arguments, "--overwrite")
        assert (refused.exit_code, code_of(refused)) == (2, code)


def test_rows_are_multiplied_and_the_comments_stay(synthdeal: Synthdeal, shop: Path, home: Path) -> None:
    assert synthdeal("dataset", "generate", shop, "--rows", "10x", "--home", home).exit_code == 0

    files = stored(home, "SELECT table_name, rows FROM datasets.tables ORDER BY position")
    assert files.rows() == [("customers", 10_000), ("orders", 21_000)]
    text = stored(home, "SELECT specification FROM datasets.specs")["specification"][0]
    assert text == SHOP.replace("1_000", "10000").replace("2_100", "21000")


def test_a_number_of_rows_is_that_of_the_first_table(synthdeal: Synthdeal, tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP.replace(", total: 2_100", ""), encoding="utf-8")

    result = synthdeal("dataset", "generate", path, "--rows", "20", "--validate-only")

    assert "customers: 20 rows" in result.output
    assert "orders: 40 rows" in result.output


def test_what_more_rows_would_change_is_said_before(synthdeal: Synthdeal, shop: Path) -> None:
    shown = synthdeal("dataset", "generate", shop, "--validate-only").output

    assert "former rows stay, except: orders, unless their total grows as customers do" in " ".join(shown.split())


def test_a_preview_shows_rows_as_they_will_be_and_writes_nothing(synthdeal: Synthdeal, shop: Path, home: Path) -> None:
    shown = synthdeal("dataset", "generate", shop, "--preview", "3", "--home", home).output
    assert not home.exists()

    synthdeal("dataset", "generate", shop, "--home", home)
    first = pl.read_parquet(home / "datasets/shop/v1/customers.parquet").row(0)
    assert all(str(value) in shown for value in first)


def test_what_cannot_be_is_refused_before_anything_is_stored(synthdeal: Synthdeal, tmp_path: Path, home: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP.replace("C-{:05d}", "[A-C]{4}"), encoding="utf-8")

    for more in ((), ("--validate-only",)):
        result = synthdeal("dataset", "generate", path, "--home", home, *more)
        assert (result.exit_code, code_of(result)) == (2, "datasets.impossible"), result.output
    assert not (home / "warehouse.duckdb").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nobody.yaml",), "datasets.no-file"),
        (("../shop",), "datasets.no-file"),
        (("shop.yaml", "--format", "csv"), "datasets.format-without-output"),
        (("shop.yaml", "--format", "cvs", "-o", "out"), "export.unknown-format"),
        (("shop.yaml", "--rows", "many"), "datasets.bad-rows"),
        (("shop.yaml", "-o", "full"), "datasets.folder-taken"),
        (("shop.yaml", "-o", "full/mine.txt"), "datasets.output-is-a-file"),
        (("shop.yaml", "-o", "-"), "cli.several-files-to-stdout"),
    ],
)
def test_what_the_user_gets_wrong_is_one_sentence_and_makes_nothing(
    synthdeal: Synthdeal, home: Path, arguments: tuple[str, ...], code: str
) -> None:
    Path("shop.yaml").write_text(SHOP, encoding="utf-8")
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine", encoding="utf-8")

    result = synthdeal("dataset", "generate", *arguments, "--home", home)

    assert (result.exit_code, code_of(result)) == (2, code)
    assert len(result.stderr.strip().splitlines()) == 1
    assert not home.exists()
    assert [path.name for path in Path("full").iterdir()] == ["mine.txt"]


def test_a_name_that_is_no_dataset_is_answered_with_those_there_are(
    synthdeal: Synthdeal, shop: Path, home: Path
) -> None:
    synthdeal("dataset", "generate", shop, "--home", home)

    for command in ("generate", "show", "delete"):
        result = synthdeal("dataset", command, "shoop", "--home", home)
        assert (result.exit_code, code_of(result)) == (2, "datasets.unknown")
        assert "shop" in result.output


def test_overwriting_replaces_the_export_of_before_and_leaves_other_files_alone(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    synthdeal("dataset", "generate", shop, "--home", home, "--format", "csv", "-o", out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"][0]["path"] = "../shop.yaml"
    (out / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")

    result = synthdeal("dataset", "generate", shop, "--home", home, "--format", "jsonl", "-o", out, "--overwrite")

    assert result.exit_code == 0, result.output
    assert shop.exists()
    left = {path.name for path in out.iterdir()}
    new = {"customers.jsonl", "orders.jsonl", "specification.yaml", "seal.json", "datapackage.json", "index.html"}
    assert left == {*new, "notes.txt", "customers.csv"}


@pytest.mark.parametrize("table", ["seal", "Datapackage"])
def test_a_table_that_would_take_the_place_of_another_file_is_refused(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path, table: str
) -> None:
    shop.write_text(SHOP.replace("  orders:", f"  {table}:").replace("orders.", f"{table}."), encoding="utf-8")

    result = synthdeal("dataset", "generate", shop, "--home", home, "--format", "json", "-o", tmp_path / "out")

    assert (result.exit_code, code_of(result)) == (2, "datasets.reserved-file")
    assert not (tmp_path / "out").exists()


def test_of_several_formats_all_are_exported_or_none(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ("dataset", "generate", shop, "--home", home, "--format", "csv", "--format", "json", "-o", out)
    assert synthdeal(*command).exit_code == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    shop.write_text(SHOP.replace("seed: 3", "seed: 4"), encoding="utf-8")
    (out / "json" / "seal.json").unlink()
    (out / "json" / "seal.json").mkdir()

    result = synthdeal(*command, "--overwrite")

    assert (result.exit_code, code_of(result)) == (2, "datasets.folder-in-the-way")
    after = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert after == {path: text for path, text in before.items() if path != out / "json" / "seal.json"}


@pytest.mark.parametrize("exported", [False, True])
def test_a_version_that_is_deleted_meanwhile_is_said_to_be_gone_and_shown_nowhere(
    synthdeal: Synthdeal, shop: Path, home: Path, monkeypatch: pytest.MonkeyPatch, *, exported: bool
) -> None:
    export_whole, out = Keeper.export, home.with_name("out")

    def export(keeper: Keeper, version: StoredSpecification, *arguments: object, **options: object) -> object:
        done = export_whole(keeper, version, *arguments, **options) if exported else None  # type: ignore[arg-type]
        keeper.delete(version.name)
        return done or export_whole(keeper, version, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Keeper, "export", export)

    result = synthdeal("dataset", "generate", shop, "--home", home, "-o", out)

    assert (result.exit_code, code_of(result)) == (1, "datasets.version-gone")
    assert out.exists() is (home / "dagster").exists() is exported
    if exported:
        with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
            assert instance.get_dynamic_partitions(PARTITIONS_NAME) == []


def test_what_was_deleted_is_gone_everywhere_but_where_it_was_exported(
    synthdeal: Synthdeal, shop: Path, home: Path, tmp_path: Path
) -> None:
    synthdeal("dataset", "generate", shop, "--home", home, "-o", tmp_path / "out")

    assert synthdeal("dataset", "delete", "shop", "--yes", "--home", home).exit_code == 0

    assert not (home / "datasets" / "shop").exists()
    assert stored(home, "SELECT * FROM datasets.specs").is_empty()
    assert stored(home, "SELECT * FROM datasets.promises").is_empty()
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert instance.get_dynamic_partitions(PARTITIONS_NAME) == []
    assert synthdeal("dataset", "verify", tmp_path / "out").exit_code == 0


def test_nothing_is_deleted_where_nobody_can_say_yes(synthdeal: Synthdeal, shop: Path, home: Path) -> None:
    synthdeal("dataset", "generate", shop, "--home", home)

    result = synthdeal("dataset", "delete", "shop", "--home", home)
    assert (result.exit_code, code_of(result)) == (2, "cli.nobody-to-ask")
    assert versions(home) == ["v1"]


def test_datasets_are_listed_and_shown(synthdeal: Synthdeal, shop: Path, home: Path) -> None:
    assert "no dataset" in synthdeal("dataset", "list", "--home", home).output
    assert not home.exists()
    synthdeal("dataset", "generate", shop, "--home", home)

    assert re.search(r"shop +1 +2 +3,100 .* (\d+) of \1 held", synthdeal("dataset", "list", "--home", home).output)
    shown = synthdeal("dataset", "show", "shop", "--home", home).output
    assert "orders: 2,100 rows" in shown
    assert SHOP.strip() in shown


def test_types_are_found_by_a_word_and_the_schema_is_json(synthdeal: Synthdeal) -> None:
    everything = synthdeal("dataset", "types").output.splitlines()
    found = synthdeal("dataset", "types", "--search", "POSTCODE").output.splitlines()

    assert 0 < len(found) < len(everything)
    assert all("postcode" in line.lower() for line in found)
    nothing = synthdeal("dataset", "types", "--search", "qwertz")
    assert (nothing.exit_code, code_of(nothing)) == (2, "datasets.no-such-type")
    assert json.loads(synthdeal("dataset", "schema").output)["title"] == "Specification"


def test_what_to_know_of_a_locale_is_one_line_for_the_types_used(synthdeal: Synthdeal, tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    line = "Locale pl_PL: last names do not change with the gender."
    for field, said in (("person.last_name", 1), ("id.uuid", 0)):
        path.write_text(
            f"dataset: d\nlocale: pl_PL\ntables: {{t: {{rows: 3, fields: {{id: {{key: integer}}, x: {field}}}}}}}\n",
            encoding="utf-8",
        )
        for asked in (["--preview", "2"], ["--validate-only"], []):
            assert synthdeal("dataset", "generate", str(path), *asked).output.count(line) == said
    asked_in_words = synthdeal("dataset", "new", "3 personas con apellido y nacionalidad, locale pl_PL", "--yes")
    assert asked_in_words.output.count("Locale ") <= 1
    searched = synthdeal("dataset", "types", "--search", "last_name", "--locale", "pl_PL").output
    assert line in searched
    assert synthdeal("dataset", "types", "--search", "uuid", "--locale", "pl_PL").output.count("Locale") == 0


def test_a_folder_without_a_specification_cannot_be_verified(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("dataset", "verify", tmp_path)

    assert (result.exit_code, code_of(result)) == (2, "datasets.no-specification")
