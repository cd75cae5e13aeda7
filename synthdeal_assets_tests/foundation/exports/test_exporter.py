"""Formats are found by name, those that other packages add too, and their options are checked."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.csv_files import Csv
from synthdeal_assets.foundation.publishing.exports.export_files import export_file
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of, formats
from synthdeal_assets_tests.foundation.exports.sample import table

MARKDOWN = '''
from typing import ClassVar
from pydantic import Field
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter

class Markdown(Exporter):
    """A table of Markdown."""

    suffix: ClassVar[str] = "md"
    bold: bool = Field(default=False, description="Whether names are bold.")

    def write(self, tables, path):
        (table,) = tables
        names = [f"**{c.name}**" if self.bold else c.name for c in table.columns]
        lines = [names, ["---"] * len(names), *(row for _, chunk in table.numbered_chunks() for row in chunk.rows())]
        path.write_text("".join("| " + " | ".join(map(str, line)) + " |\\n" for line in lines))
        return []

nothing = 5
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package with a format, one that is none, and one with the name of another."""
    site = tmp_path / "site"
    info = site / "markdown_exporter-1.dist-info"
    info.mkdir(parents=True)
    (site / "markdown_exporter.py").write_text(MARKDOWN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: markdown-exporter\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        textwrap.dedent("""\
        [synthdeal.exporters]
        markdown = markdown_exporter:Markdown
        broken = markdown_exporter:nothing
        csv = markdown_exporter:Markdown
        """)
    )
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    monkeypatch.delitem(sys.modules, "markdown_exporter", raising=False)


@pytest.mark.usefixtures("plugin")
def test_an_installed_package_adds_a_format_with_its_options(tmp_path: Path) -> None:
    rows = table("t", pl.DataFrame({"key": [1, 2]}))
    export_file([rows], exporter_of("markdown", {"bold": "yes"}), tmp_path / "t.md")

    assert (tmp_path / "t.md").read_text() == "| **key** |\n| --- |\n| 1 |\n| 2 |\n"
    with pytest.raises(SynthDealError, match="has no option 'colour': its options are bold"):
        exporter_of("markdown", {"colour": "red"})


@pytest.mark.usefixtures("plugin")
def test_it_cannot_take_the_place_of_a_format_that_is_there() -> None:
    assert list(formats())[:2] == ["csv", "parquet"]
    assert isinstance(exporter_of("csv"), Csv)


@pytest.mark.usefixtures("plugin")
def test_what_is_no_exporter_is_refused_with_where_it_comes_from() -> None:
    with pytest.raises(SynthDealError, match="comes from markdown_exporter:nothing") as refused:
        exporter_of("broken")

    assert refused.value.code == "export.no-exporter"


def test_every_format_of_the_package_has_a_description_for_each_option() -> None:
    for name in formats():
        kind = type(exporter_of(name))
        assert kind.__doc__, name
        assert [field for field, given in kind.model_fields.items() if not given.description] == []


@pytest.mark.parametrize(
    ("name", "options", "code", "said"),
    [
        ("docx", {}, "export.unknown-format", "choose one of csv, parquet, json, jsonl, xlsx, sql, duckdb, sqlite"),
        ("csv", {"delimeter": ";"}, "export.unknown-option", "its options are delimiter, encoding, header, plain"),
        ("parquet", {"level": "3"}, "export.unknown-option", "has no option 'level': it has none"),
        ("csv", {"delimiter": "--"}, "export.bad-option", "give one character such as"),
        ("csv", {"delimiter": '"'}, "export.bad-option", "give one character such as"),
        ("csv", {"encoding": "klingon"}, "export.bad-option", "give an encoding such as utf-8"),
        ("csv", {"encoding": "rot13"}, "export.bad-option", "give an encoding such as utf-8"),
        ("csv", {"encoding": "base64"}, "export.bad-option", "give an encoding such as utf-8"),
        ("csv", {"header": "perhaps"}, "export.bad-option", "cannot be 'perhaps'"),
        ("json", {"indent": "40"}, "export.bad-option", "less than or equal to 8"),
        ("json", {"orientation": "rows"}, "export.bad-option", "should be 'records', 'columns' or 'split'"),
        ("sql", {"dialect": "oracle"}, "export.bad-option", "should be 'postgresql', 'sqlite', 'duckdb' or 'mysql'"),
    ],
)
def test_what_is_no_format_or_option_is_refused_with_what_there_is(
    name: str, options: dict[str, str], code: str, said: str
) -> None:
    with pytest.raises(SynthDealError) as refused:
        exporter_of(name, options)

    assert (refused.value.code, refused.value.usage) == (code, code != "export.no-exporter")
    assert said in str(refused.value)
