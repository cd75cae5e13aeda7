"""What the name of a sales log means: files, folders, patterns, sheets of workbooks and tables of databases.

Nothing is read here. How a source is read belongs in `sales_log.py` and beside it.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.sources.databases import DatabaseTable, is_address, named_table
from synthdeal_assets.sales.tables import SOURCE_KINDS

CSV, PARQUET, EXCEL, DATABASE, _ = SOURCE_KINDS
KIND_OF_ENDING: Final = {
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": CSV,
    ".csv.gz": CSV,
    ".tsv.gz": CSV,
    ".txt.gz": CSV,
    ".parquet": PARQUET,
    ".xlsx": EXCEL,
    ".xlsm": EXCEL,
    ".xlsb": EXCEL,
    ".xls": EXCEL,
}
SHEET_MARK: Final = "::"


@dataclass(slots=True)
class SourcePlace:
    """Where a source is, before it is read.

    Attributes:
        shown: What to call it; no password is in it.
        kind: One of SOURCE_KINDS.
        path: The file; None for a database.
        sheet: Sheet of a workbook that is named.
        database: The table of a database; None for a file.
        caveats: What a reader of the results must know of where it was found.
    """

    shown: str
    kind: str
    path: Path | None = None
    sheet: str | None = None
    database: DatabaseTable | None = None
    caveats: list[str] = field(default_factory=list)

    def identity(self) -> object:
        """Something that is equal for two names of one thing."""
        return self.shown if self.path is None else (self.path.resolve(), self.sheet)


def places_named(text: str, database_table: str | None) -> list[SourcePlace]:
    """The sources that a text names, in its order; those of a folder by name.

    Args:
        text: Files, folders, patterns and addresses of databases, separated by ';'.
        database_table: Table of the databases that name none.

    Raises:
        SynthDealError: Something named is not there, may not be read, is of no kind that can be read, or named twice.
    """
    places: list[SourcePlace] = []
    for part in _parts(text):
        if is_address(part):
            database = named_table(part, database_table)
            places.append(SourcePlace(database.shown, DATABASE, database=database))
        else:
            places += _files(part)
    if not places:
        raise SynthDealError(
            "The sales log does not name a file: give a file, a folder or a database's address.",
            code="sales-log.no-file-named",
            usage=True,
        )
    seen: dict[object, str] = {}
    for place in places:
        if (other := seen.get(place.identity())) is not None:
            also = "" if other == place.shown else f", the other time as {other}"
            raise SynthDealError(
                f"{place.shown} is named twice{also}: name it once, or its sales count twice.",
                code="sales-log.named-twice",
                usage=True,
            )
        seen[place.identity()] = place.shown
    return places


def _parts(text: str) -> list[str]:
    """What is between semicolons. Those of an ODBC connection string part nothing, also where nobody encoded them."""
    parts: list[str] = []
    for part in text.split(";"):
        if parts and "odbc_connect=" in parts[-1].casefold() and re.match(r"\s*[A-Za-z][\w ]*=", part):
            parts[-1] += f";{part}"
        elif part.strip():
            parts.append(part.strip())
    return parts


def _files(part: str) -> list[SourcePlace]:
    name, sheet = part, None
    if SHEET_MARK in part and not Path(part).expanduser().exists():
        name, _, sheet = part.rpartition(SHEET_MARK)
    try:
        path = Path(name).expanduser()
    except RuntimeError:
        path = Path(name)
    try:
        if path.is_dir():
            return _in_folder(path, name)
        if path.exists():
            return [_file(path, sheet)]
        if glob.has_magic(name):
            found = sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207  # with a root
            if files := [match for match in found if match.is_file()]:
                return [_file(match, sheet) for match in files]
            raise SynthDealError(
                f"No file matches {name}: correct the pattern.", code="sales-log.pattern-without-match", usage=True
            )
    except PermissionError as error:
        raise no_permission(name) from error
    except (OSError, ValueError) as error:
        raise SynthDealError(
            f"{name!r} cannot be searched for ({error}): correct the name.", code="sales-log.bad-pattern", usage=True
        ) from error
    raise SynthDealError(
        f"There is no file or folder {name}: correct the name of the sales log.", code="sales-log.missing", usage=True
    )


def _file(path: Path, sheet: str | None) -> SourcePlace:
    require_regular(path, "the sales log")
    kind = _kind(path)
    if kind is None:
        if path.suffix.casefold() in (".db", ".sqlite", ".sqlite3"):
            raise SynthDealError(
                f"{path} is a database: name it as sqlite:///{path}, and its table with --sales-log-table.",
                code="sales-log.database-as-file",
                usage=True,
            )
        raise SynthDealError(
            f"{path} is not a kind of file that can be read: give a file that ends in {', '.join(KIND_OF_ENDING)}.",
            code="sales-log.unknown-kind",
            usage=True,
        )
    if sheet is not None and kind != EXCEL:
        raise SynthDealError(
            f"{path} has no sheets, and {sheet!r} is named: name the file alone.",
            code="sales-log.no-sheets",
            usage=True,
        )
    return SourcePlace(str(path) if sheet is None else f"{path}{SHEET_MARK}{sheet}", kind, path, sheet)


def _kind(path: Path) -> str | None:
    name = path.name.casefold()
    kind = next((kind for ending, kind in KIND_OF_ENDING.items() if name.endswith(ending)), None)
    # Programs write text and call it a workbook, because a double click then opens the right program.
    return CSV if kind == EXCEL and path.is_file() and not _is_workbook(path) else kind


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        beginning = file.read(2)
    return beginning in (b"PK", b"\xd0\xcf", b"")


def _in_folder(folder: Path, name: str) -> list[SourcePlace]:
    inside = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    # Excel keeps `~$book.xlsx` beside a workbook that is open.
    readable = [entry for entry in inside if entry.is_file() and _kind(entry) and not entry.name.startswith("~$")]
    if not readable:
        raise SynthDealError(
            f"The folder {name} contains no file that can be read: add files that end in {', '.join(KIND_OF_ENDING)}.",
            code="sales-log.empty-folder",
            usage=True,
        )
    places = [_file(entry, None) for entry in readable]
    others = [f"{entry.name}/" if entry.is_dir() else entry.name for entry in inside if entry not in readable]
    if others:
        shown = ", ".join(others[:10]) + (f" and {len(others) - 10:,} more" if len(others) > 10 else "")
        places[0].caveats.append(f"not read in its folder: {shown}")
    return places


def require_regular(path: Path, what: str) -> None:
    """Refuse a pipe, a socket or a device: reading one may never end.

    Raises:
        SynthDealError: It is there, and neither a file nor a folder.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise SynthDealError(
            f"{path} is a pipe or a device and not a file: save what comes out of it to a file, and give that as "
            f"{what}.",
            code="sales-log.no-regular-file",
            usage=True,
        )


def no_permission(name: str) -> SynthDealError:
    """The error for what this user may not read."""
    return SynthDealError(
        f"{name} cannot be read by this user: grant permission to read it, or copy it.", code="sales-log.not-permitted"
    )
