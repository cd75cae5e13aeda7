"""How much of ten plain requests is in the files: SynthDeal's keyword parser, and Misata's.

    python -m synthdeal_assets_tests.benchmarks.dataset_words [--peers FOLDER] [--failed]

The requests, and what each asks, are in `datasets/words.yaml`; they were written before any result was seen, and
neither parser is to be tuned to them. The checks read the CSV files alone. Names of tables and columns may be in any
language, and a share or a missing part may be off by what independent draws would give. Misata runs without a language
model and is installed into FOLDER when it is not there, as in `dataset_speed`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeAlias

import polars as pl
import yaml

from synthdeal_assets_tests.benchmarks.dataset_speed import SPECIFICATIONS, peers_installed

Request: TypeAlias = dict[str, Any]

TIMES: Final = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")


def matches(cells: pl.Series, pattern: str) -> bool:
    """Whether there are values, and each is what the pattern says, in any case."""
    return cells.count() > 0 and cells.drop_nulls().str.contains(f"(?i)^(?:{pattern})$").all()


def between(cells: pl.Series, low: float, high: float) -> bool:
    """Whether there are values, and each is a number within the bounds."""
    numbers = cells.drop_nulls().cast(pl.Float64, strict=False)
    return len(numbers) > 0 and numbers.is_between(low, high).fill_null(value=False).all()


def years(cells: pl.Series, first: int, last: int) -> bool:
    """Whether the years of all dates, or the bare years, are within the bounds."""
    return between(cells.drop_nulls().str.extract(r"(\d{4})").fill_null(""), first, last)


def unique(cells: pl.Series) -> bool:
    """Whether there are values, and none occurs twice."""
    return cells.count() > 0 and cells.drop_nulls().is_unique().all()


def missing(cells: pl.Series, part: float) -> bool:
    """Whether about this part of the cells is empty."""
    return _about(cells.null_count(), part, len(cells))


def share(cells: pl.Series, pattern: str, part: float) -> bool:
    """Whether about this part of the cells is what the pattern says."""
    return _about(len(cells.filter(cells.str.contains(f"(?i)^(?:{pattern})$"))), part, len(cells))


def _about(count: int, part: float, rows: int) -> bool:
    """Whether a count is within two standard deviations of independent draws."""
    return bool(rows) and abs(count - part * rows) <= 2 * (rows * part * (1 - part)) ** 0.5


def not_before(later: pl.Series, earlier: pl.Series) -> bool:
    """Whether both are dates, and none is before the other one in its row."""
    return _of_pairs(later, earlier, lambda days: days >= 0)


def after(later: pl.Series, earlier: pl.Series) -> bool:
    """Whether both are dates, and each is after the other one in its row."""
    return _of_pairs(later, earlier, lambda days: days > 0)


def days_after(later: pl.Series, earlier: pl.Series, number: int) -> bool:
    """Whether both are dates, so many days apart in each row."""
    return _of_pairs(later, earlier, lambda days: days == number)


def _of_pairs(later: pl.Series, earlier: pl.Series, holds: Callable[[pl.Series], pl.Series]) -> bool:
    pairs = pl.DataFrame({"later": later, "earlier": earlier}).drop_nulls()
    days = pairs.select((_time("later") - _time("earlier")).dt.total_microseconds() / 86_400_000_000).to_series()
    return len(days) > 0 and holds(days).fill_null(value=False).all()


def _time(column: str) -> pl.Expr:
    bare = pl.col(column).str.replace(r"(Z|[+-]\d\d:?\d\d)$", "")
    return pl.coalesce(bare.str.to_datetime(form, strict=False, time_unit="us") for form in TIMES)


def children(references: pl.Series, parents: pl.DataFrame, fewest: int, most: int) -> bool:
    """Whether each value refers to a row of the other table, and each of those has so many."""
    if not len(references) or references.null_count():
        return False
    counts = references.value_counts(name="children").rename({references.name: "key"})
    for key in parents.iter_columns():
        if not key.null_count() and key.is_unique().all() and references.is_in(key.implode()).all():
            of_each = key.rename("key").to_frame().join(counts, on="key", how="left")["children"].fill_null(0)
            return of_each.is_between(fewest, most).all()
    return False


CHECKS: Final[dict[str, Callable[..., bool]]] = {
    check.__name__: check
    for check in (matches, between, years, unique, missing, share, not_before, after, days_after, children)
}


def requests() -> list[Request]:
    """The ten requests with their tables and items."""
    content: list[Request] = yaml.safe_load((SPECIFICATIONS / "words.yaml").read_text("utf-8"))
    return content


def score(request: Request, folder: Path) -> dict[str, bool]:
    """Each item that the request asks, and whether the CSV files of a folder hold it."""
    asked: dict[str, dict[str, Any]] = request["tables"]
    files = {path.stem: path for path in sorted(folder.glob("**/*.csv")) if not path.stem.startswith("_")}
    found: dict[str, pl.DataFrame | pl.Series] = {}
    results = {}
    for name, table in asked.items():
        stem = next(iter(files), None) if len(files) == len(asked) == 1 else _best(files, table["named"])
        rows = pl.DataFrame()
        if stem is not None:
            rows = pl.read_csv(files[stem], infer_schema=False).with_columns(pl.all().replace("", None))
            found[name] = rows
        if "rows" in table:
            results[f"{table['rows']:,} rows of {name}"] = len(rows) == table["rows"]
        for field, patterns in table["fields"].items():
            column = _best(rows.columns, patterns)
            if column is not None:
                found[f"{name}.{field}"] = rows[column]
            results[f"{name}.{field}"] = column is not None and rows[column].count() > 0
    known = {*asked, *(f"{name}.{field}" for name, table in asked.items() for field in table["fields"])}
    for check, *arguments in request["items"]:
        there = all(argument in found for argument in arguments if argument in known)
        given = [found[argument] if argument in known else argument for argument in arguments] if there else []
        results[f"{check} {' '.join(map(str, arguments))}"] = there and CHECKS[check](*given)
    return results


def _best(names: Iterable[str], patterns: str) -> str | None:
    """The name that the first of the patterns finds; of several the shortest, which says the least else."""
    hits = ([name for name in names if re.search(pattern, _plain(name))] for pattern in patterns.split("|"))
    return next((min(named, key=len) for named in hits if named), None)


def _plain(name: str) -> str:
    """A name in small letters without accents, its words joined by underscores."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    letters = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", letters)


def own_command(text: str, folder: Path) -> list[str]:
    """What lets SynthDeal write the files, with a home of its own beside them."""
    command = [str(Path(sys.executable).with_name("synthdeal")), "dataset", "new", text, "--yes", "--format", "csv"]
    return [*command, "-o", str(folder / "files"), "--home", str(folder / "home")]


def misata_command(python: Path, text: str, folder: Path) -> list[str]:
    """What lets Misata write the files."""
    command = [str(python.with_name("misata")), "generate", "--story", text, "--format", "csv", "--seed", "1"]
    return [*command, "--output-dir", str(folder / "files")]


def main() -> None:
    """Let each write the files of each request, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="a virtual environment with the peers, made if it is not there")
    parser.add_argument("--failed", action="store_true", help="name the items that do not hold")
    arguments = parser.parse_args()
    commands: dict[str, Callable[[str, Path], list[str]]] = {"SynthDeal": own_command}
    if arguments.peers is not None:
        python = peers_installed(arguments.peers.absolute())
        commands["Misata"] = lambda text, folder: misata_command(python, text, folder)
    print(f"{'request':<44}{'asked':>8}", *(f"{name:>12}" for name in commands), sep="")
    asked, held = 0, dict.fromkeys(commands, 0)
    for request in requests():
        scores = {}
        for name, command in commands.items():
            with tempfile.TemporaryDirectory() as folder:
                ended = subprocess.run(
                    command(request["request"], Path(folder)), cwd=folder, check=False, capture_output=True, text=True
                )
                if ended.returncode:
                    print(f"{name} ended with {ended.returncode}: {ended.stderr.strip()}", file=sys.stderr)
                scores[name] = score(request, Path(folder) / "files")
            held[name] += sum(scores[name].values())
        items = len(scores["SynthDeal"])
        asked += items
        print(
            f"{request['request'][:42]:<44}{items:>8}", *(f"{sum(of.values()):>12}" for of in scores.values()), sep=""
        )
        if arguments.failed:
            for name, of in scores.items():
                for item in (item for item, holds in of.items() if not holds):
                    print(f"    {name}: {item}")
    print(f"{'all':<44}{asked:>8}", *(f"{number:>12}" for number in held.values()), sep="")


if __name__ == "__main__":
    main()
