"""The commands `synthdeal whitespace ...` with their options and help texts.

What a command does belongs in the module of its name, `whitespace_<command>.py`, which is imported when the command is
called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from synthdeal_assets.cli.command import Home, Plain, Verbose, settings_of, with_exit_code
from synthdeal_assets.settings import written_names
from synthdeal_assets.whitespace.learning_packages import require_packages

whitespace_app = typer.Typer(
    help="From a sales log to what to sell next: which customers are likely to buy from a new division.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

SEPARATOR: Final = ";"
"""Between several sources in one setting."""

RELATIVE_SQLITE: Final = re.compile(r"^(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)(.+)$")

SalesLog = Annotated[
    list[str] | None,
    typer.Option(
        "--sales-log",
        help="Sales log: a CSV, Parquet or Excel file, a folder of them, or a database's SQLAlchemy address; repeat "
        "for several. synthetic generates one from the world.",
        metavar="SOURCE",
        show_default="the warehouse's, else synthetic",
    ),
]
SalesLogTable = Annotated[
    str | None,
    typer.Option("--sales-log-table", help="Table that holds the sales log when it is in a database.", metavar="TABLE"),
]
Holdout = Annotated[
    list[str] | None,
    typer.Option(
        "--holdout",
        help="Later sales, used only for validation; takes the same forms as --sales-log.",
        metavar="SOURCE",
        show_default="none",
    ),
]
ProductMapFile = Annotated[
    Path | None,
    typer.Option(
        "--product-map",
        help="Product map (YAML) of the sales log, as written by `init`.",
        metavar="FILE",
        show_default="the warehouse's, else proposed from the header",
    ),
]
Cutoff = Annotated[
    str | None,
    typer.Option(
        "--cutoff",
        help="Last day that features and the list may use.",
        metavar="YYYY-MM-DD",
        show_default="the last day of the sales log",
    ),
]
WindowDays = Annotated[
    int | None,
    typer.Option(
        "--window-days",
        help="Days after a cutoff in which a purchase counts as a success.",
        show_default="the longest of 180, 120, 90, 60 and 30 that the log is long enough for",
    ),
]
Division = Annotated[
    list[str] | None,
    typer.Option("--division", help="Only this division; repeat for several.", metavar="DIVISION", show_default="all"),
]


class ListFormat(StrEnum):
    """The formats the list can be exported in."""

    CSV = "csv"
    EXCEL = "excel"


@whitespace_app.command("init")
@with_exit_code
def init_command(
    file: Annotated[str, typer.Argument(help="Sales log: a file, a folder or a database's address.", metavar="FILE")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Product map file to write.",
            metavar="FILE",
            show_default="next to the log, named after it",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    table: SalesLogTable = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Propose a product map from the header of a sales log, and report what was and was not understood."""
    settings = settings_of(home=home, sales_log_table=table)
    from synthdeal_assets.cli.whitespace.init import propose_product_map

    return propose_product_map(settings, file, output=output, force=force)


@whitespace_app.command("run")
@with_exit_code
def run_command(
    *,
    sales_log: SalesLog = None,
    sales_log_table: SalesLogTable = None,
    holdout: Holdout = None,
    product_map: ProductMapFile = None,
    cutoff: Cutoff = None,
    window_days: WindowDays = None,
    division: Division = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Read the sales log, learn from earlier cutoffs, test on the hold-out, and write list, page and files.

    A cutoff is the last day that is known; the hold-out is the latest window of sales, which no tested model has seen.
    """
    settings = settings_of(
        sales_log=joined_sources(sales_log),
        sales_log_table=sales_log_table,
        sales_holdout=joined_sources(holdout),
        product_map=product_map,
        whitespace_cutoff=cutoff,
        whitespace_window_days=window_days,
        whitespace_divisions=written_names(division) if division else None,
        home=home,
    )
    require_packages()
    from synthdeal_assets.cli.whitespace.run import run_whitespace

    return run_whitespace(settings, verbose=verbose)


@whitespace_app.command("validate")
@with_exit_code
def validate_command(
    *,
    holdout: Holdout = None,
    division: Division = None,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Test the existing models on later sales; no model is trained."""
    settings = settings_of(
        sales_holdout=joined_sources(holdout),
        whitespace_divisions=written_names(division) if division else None,
        home=home,
    )
    require_packages()
    from synthdeal_assets.cli.whitespace.validate import validate_whitespace

    return validate_whitespace(settings, verbose=verbose)


@whitespace_app.command("explain")
@with_exit_code
def explain_command(
    customer: Annotated[
        str, typer.Argument(help="Customer id, or a name that only one customer has.", metavar="CUSTOMER")
    ],
    division: Annotated[str, typer.Argument(help="The division.", metavar="DIVISION")],
    *,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Explain why a customer has its place in the list for a division, and what the model counted."""
    settings = settings_of(home=home)
    require_packages()
    from synthdeal_assets.cli.whitespace.explain import explain_whitespace

    return explain_whitespace(settings, customer, division)


@whitespace_app.command("export")
@with_exit_code
def export_command(
    *,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write; - writes CSV to standard output.",
            metavar="FILE",
            show_default="whitespace-<cutoff>.csv or .xlsx",
        ),
    ] = None,
    format_: Annotated[ListFormat, typer.Option("--format", help="Format of the file.")] = ListFormat.CSV,
    rep: Annotated[str | None, typer.Option("--rep", help="Only the pairs of this rep.", metavar="REP")] = None,
    division: Division = None,
    eligible: Annotated[
        bool, typer.Option("--eligible", help="Only pairs that may be contacted and fit within the rep's capacity.")
    ] = False,
    plain: Plain = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Write the current list to a file, for one rep, some divisions, or all."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.whitespace.export import export_list

    return export_list(
        settings,
        output=output,
        file_format=format_.value,
        plain=plain,
        rep=rep,
        divisions=division,
        eligible=eligible,
    )


def joined_sources(given: Sequence[str] | None) -> str | None:
    """The sources of a flag as one setting, with their whole paths, so that a run elsewhere finds them.

    Returns:
        None when none was given.
    """
    return SEPARATOR.join(_absolute(source) for source in given) if given else None


def _absolute(source: str) -> str:
    if "://" in source:
        relative = RELATIVE_SQLITE.match(source)
        return f"{relative[1]}{Path(relative[2]).absolute()}" if relative else source
    if source.strip().lower() == "synthetic":
        return "synthetic"
    return SEPARATOR.join(
        str(Path(part.strip()).expanduser().absolute()) for part in source.split(SEPARATOR) if part.strip()
    )
