"""How long datasets take, their certificates, and the flat table of 15 columns with other generators.

    python -m synthdeal_assets_tests.benchmarks.dataset_speed [--large] [--cores 1] [--peers FOLDER]

Each part runs in a process of its own and imports what it needs, so that its processor time and its peak memory are its
own.
Aims, the certificate apart: a million rows of the flat table within 3 s on two cores, ten million under 600 MB; the
shop at a million rows/s; the CRM of a million accounts under 1 GB; the flat table at 100 times Faker and Snowfakery, 10
times Mimesis, 5 times Misata. Peers are installed into FOLDER when it is not there (`python -m venv`, `pip install`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SPECIFICATIONS: Final = Path(__file__).parent / "datasets"
EXAMPLES: Final = Path(__file__).parents[1] / "datasets" / "examples"
PEERS: Final = ("faker", "mimesis", "snowfakery", "misata")
PACKAGES: Final = ("faker", "mimesis", "snowfakery", "misata[parquet]", "setuptools<81")
"""What pip installs; Snowfakery still needs the `pkg_resources` of older setuptools."""

PEER_ROWS: Final = {"faker": 10_000, "snowfakery": 5_000, "mimesis": 50_000, "misata": 200_000}
"""Rows that make a peer run for some seconds, so that its start hardly counts."""


@dataclass(frozen=True)
class Measured:
    """What a child process took.

    Attributes:
        seconds: On the clock.
        cpu: Processor time of it and its children, in seconds.
        peak_mb: Its peak resident memory; at least that of the process that began it.
        rows: Rows that came out, over all tables.
    """

    seconds: float
    cpu: float
    peak_mb: float
    rows: int

    @property
    def rate(self) -> float:
        """Rows per second of processor time."""
        return self.rows / self.cpu


def text_of(work: str, size: int) -> str:
    """The specification of a piece of work in a size: rows of `flat`, orders of `shop`, accounts of `crm`."""
    if work == "flat":
        return (SPECIFICATIONS / "flat.yaml").read_text("utf-8").replace("rows: 1_000_000", f"rows: {size}")
    if work == "shop":
        low, high = size * 10, size * 40
        text = (EXAMPLES / "shop.yaml").read_text("utf-8").replace("rows: 5_000", f"rows: {size}")
        return text.replace("from: 50_000.00, to: 200_000.00", f"from: {low}, to: {high}")
    text = (EXAMPLES / "crm_demo.yaml").read_text("utf-8").replace("rows: 200\n", f"rows: {size}\n")
    return text.replace("total: 640", f"total: {size * 640 // 200}")


def generate(work: str, size: int, folder: Path) -> int:
    """Write the tables without a certificate; the rows of all of them."""
    import polars as pl

    from synthdeal_assets.datasets.engine.writing import write_parquet
    from synthdeal_assets.datasets.preparation import prepared
    from synthdeal_assets.datasets.spec.dataset import BLEMISHES
    from synthdeal_assets.datasets.spec.spec_file import read_specification

    columns = prepared(read_specification(text_of(work, size), work), folder)
    tables = columns.dataset.tables.values()
    blemishes = [write_parquet(columns, table, folder / f"{table.name}.parquet") for table in tables]
    if any(table.spec.blemishes is not None for table in tables):
        pl.concat(blemishes).write_parquet(folder / f"{BLEMISHES}.parquet")
    return sum(columns.rows_of(table.name) for table in tables)


def certify(work: str, size: int, folder: Path) -> int:
    """Recount every promise from the files; how many there are."""
    from synthdeal_assets.datasets.certificate.recount import recount
    from synthdeal_assets.datasets.spec.resolution import resolve
    from synthdeal_assets.datasets.spec.spec_file import parse_specification

    certificate = recount(resolve(parse_specification(text_of(work, size), work)), folder)
    if not certificate.holds:
        raise SystemExit(f"{work}: promises do not hold: {certificate.against[:3]} {certificate.problems}")
    return len(certificate.outcomes)


def measured(command: list[str], rows: int | None = None) -> Measured:
    """Run a command and wait for it; `rows`, or the number that it prints last."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        # What peers warn of is no measurement.
        child = subprocess.Popen(command, stdout=output, stderr=None if rows is None else subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().split()
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    rows = int(printed[-1]) if rows is None else rows
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, rows)


def _on(cores: int) -> None:
    """Let this process and its children run on so many cores."""
    os.environ["POLARS_MAX_THREADS"] = str(cores)
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))


def peers_installed(folder: Path) -> Path:
    """The interpreter of a virtual environment with the peers, made where it is not there yet."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def peer_command(peer: str, python: Path, folder: Path) -> list[str]:
    """What makes the flat table with a peer and writes it: Misata as Parquet, the others as CSV."""
    rows, path = PEER_ROWS[peer], folder / f"{peer}.csv"
    if peer == "snowfakery":
        recipe = str(SPECIFICATIONS / "snowfakery_flat.yml")
        output = ["--output-format", "csv", "--output-folder", str(folder / peer), "--option", "rows", str(rows)]
        return [str(python.with_name("snowfakery")), recipe, *output]
    if peer == "misata":
        config = SPECIFICATIONS / "misata_flat.yaml"
        output = ["--output-dir", str(folder / peer), "--format", "parquet"]
        return [str(python.with_name("misata")), "generate", "--config", str(config), *output]
    return [str(python), str(SPECIFICATIONS / f"{peer}_flat.py"), str(rows), str(path)]


def _show(name: str, of: Measured, *, note: str = "") -> None:
    print(
        f"{name:<38}{of.rows:>12,}{of.seconds:>9.1f}{of.cpu:>9.1f}{of.rate:>14,.0f}{of.peak_mb:>10,.0f}  {note}",
        flush=True,
    )


def _own(parts: list[tuple[str, int]]) -> Measured:
    """Measure own parts with their certificates; gives back the first."""
    first = None
    here = [sys.executable, "-m", "synthdeal_assets_tests.benchmarks.dataset_speed"]
    for work, size in parts:
        with tempfile.TemporaryDirectory() as folder:
            tail = [work, str(size), folder]
            made = measured([*here, "--part", "generate", *tail])
            _show(f"{work} {size:,}", made)
            first = first or made
            recounted = measured([*here, "--part", "certify", *tail])
            _show(f"  its certificate, {recounted.rows} promises", Measured(*_times(recounted), made.rows))
    assert first is not None  # there are parts
    return first


def _times(of: Measured) -> tuple[float, float, float]:
    return of.seconds, of.cpu, of.peak_mb


def main() -> None:
    """Measure each part and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--large", action="store_true", help="10 million flat rows and the CRM of a million accounts too"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="sizes in this proportion")
    parser.add_argument("--cores", type=int, help="as if there were so many")
    parser.add_argument("--peers", type=Path, help="a virtual environment with the peers, made if it is not there")
    parser.add_argument("--part", nargs=4, metavar=("WHAT", "WORK", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part is not None:
        what, work, size, folder = arguments.part
        print({"generate": generate, "certify": certify}[what](work, int(size), Path(folder)))
        return
    if arguments.cores is not None:
        _on(arguments.cores)
    parts = [("flat", 1_000_000), ("shop", 1_000_000), ("crm", 100_000)]
    if arguments.large:
        parts += [("flat", 10_000_000), ("crm", 1_000_000)]
    parts = [(work, round(size * arguments.scale)) for work, size in parts]
    print(f"{'work':<38}{'rows':>12}{'seconds':>9}{'CPU s':>9}{'rows/CPU s':>14}{'peak MB':>10}")
    flat = _own(parts)
    if arguments.peers is not None:
        python = peers_installed(arguments.peers.absolute())
        for peer in PEERS:
            with tempfile.TemporaryDirectory() as folder:
                of = measured(peer_command(peer, python, Path(folder)), PEER_ROWS[peer])
            _show(f"{peer}, the flat table", of, note=f"ours is {flat.rate / of.rate:,.0f} times as fast")


if __name__ == "__main__":
    main()
