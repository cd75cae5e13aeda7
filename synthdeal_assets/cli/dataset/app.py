"""The commands `synthdeal dataset ...` with their options and help texts.

What a command does belongs in the module of its name, which is imported when the command is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from synthdeal_assets.cli.command import Home, Verbose, ended_by_sigterm, settings_of, with_exit_code

dataset_app = typer.Typer(
    help="Data as you declare them: tables that fit together, and a certificate that recounts every promise.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Name of the dataset.", metavar="NAME")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        help="Format of the exported files, such as parquet, csv, json, xlsx, sql or sqlite; repeat for several.",
        show_default="parquet",
        metavar="FORMAT",
    ),
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", help="Folder to export the files to.", metavar="DIR", show_default="none"),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        help="An option of the formats, such as delimiter=tab, encoding=latin-1, header=no, indent=2, "
        "orientation=columns or dialect=mysql; repeat for several.",
        metavar="NAME=VALUE",
        show_default="none",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of the same names in the folder.")]


@dataset_app.callback()
def begin(context: typer.Context) -> None:
    """End on SIGTERM as on Ctrl-C, so that nothing half done is left beside the user's folders."""
    context.with_resource(ended_by_sigterm())


@dataset_app.command()
@with_exit_code
def new(
    request: Annotated[str, typer.Argument(help="What you want, in English, German or Spanish.", metavar="REQUEST")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Take the default of every question, and generate it.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a request that is not understood in full.")] = False,
    format_: Formats = None,
    option: Options = None,
    output: Output = None,
    overwrite: Overwrite = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Plan a dataset from words: you see the plan, answer questions, correct it, and get the files.

    Each part of the plan names the words that it came from, or why it was assumed; what is not understood is listed.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.conversation import new_dataset
    from synthdeal_assets.cli.dataset.generate import Wanted, require_output
    from synthdeal_assets.cli.export import given_options

    wanted = Wanted(tuple(format_ or ()), given_options(option or ()), output, overwrite)
    require_output(wanted)
    return new_dataset(settings, request, wanted, yes=yes, strict=strict)


@dataset_app.command()
@with_exit_code
def plan(name: Name, *, home: Home = None, verbose: Verbose = False) -> int:
    """Show the plan of a dataset that was asked for in words, with all corrections."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.plan import show_plan

    return show_plan(settings, name)


@dataset_app.command()
@with_exit_code
def change(
    name: Name,
    words: Annotated[str, typer.Argument(help="The correction, such as: make it 500 rows.", metavar="WORDS")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Change the specification of a dataset as words say; the difference is shown first.

    "undo" takes the last change back, "why is there a city?" tells where something comes from.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.conversation import change_dataset

    return change_dataset(settings, name, words, yes=yes)


@dataset_app.command()
@with_exit_code
def resume(
    name: Name,
    *,
    format_: Formats = None,
    option: Options = None,
    output: Output = None,
    overwrite: Overwrite = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Go on with the plan of a dataset: answer what is open, correct it, and generate it."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.conversation import resume_dataset
    from synthdeal_assets.cli.dataset.generate import Wanted, require_output
    from synthdeal_assets.cli.export import given_options

    wanted = Wanted(tuple(format_ or ()), given_options(option or ()), output, overwrite)
    require_output(wanted)
    return resume_dataset(settings, name, wanted)


@dataset_app.command()
@with_exit_code
def generate(
    specification: Annotated[
        str,
        typer.Argument(help="File of a specification (YAML), or name of a dataset.", metavar="SPEC|NAME"),
    ],
    *,
    validate_only: Annotated[
        bool, typer.Option("--validate-only", help="Only say whether it can be generated, and how large it would be.")
    ] = False,
    preview: Annotated[
        int | None,
        typer.Option(
            help="Only show so many rows of each table; nothing is written.", min=1, max=1000, show_default="none"
        ),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(
            help="Another number of rows for the first table, or 10x for ten times the rows of all.",
            show_default="as declared",
            metavar="NUMBER|TIMES",
        ),
    ] = None,
    format_: Formats = None,
    option: Options = None,
    output: Output = None,
    overwrite: Overwrite = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Generate a dataset, and recount every promise of its specification from the files.

    The files are kept in the home folder as a new version of the dataset. With --output they are exported too, and
    everything is recounted once more from what was exported.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.generate import Wanted, generate_dataset
    from synthdeal_assets.cli.export import given_options

    wanted = Wanted(
        tuple(format_ or ()),
        given_options(option or ()),
        output,
        overwrite,
        rows=rows,
        preview=preview,
        only=validate_only,
    )
    return generate_dataset(settings, specification, wanted)


@dataset_app.command()
@with_exit_code
def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of the exported files.", metavar="DIR")],
    *,
    all_: Annotated[bool, typer.Option("--all", help="Show the promises that hold, too.")] = False,
    verbose: Verbose = False,
) -> int:
    """Recount every promise of a dataset from its exported files and the specification beside them.

    The exit code is 1 when a promise does not hold.
    """
    from synthdeal_assets.cli.dataset.verify import verify_folder

    return verify_folder(folder, show_all=all_)


@dataset_app.command("list")
@with_exit_code
def list_(home: Home = None, verbose: Verbose = False) -> int:
    """List the datasets: their size, and how many of their promises hold."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.show import list_datasets

    return list_datasets(settings)


@dataset_app.command()
@with_exit_code
def show(name: Name, *, home: Home = None, verbose: Verbose = False) -> int:
    """Show a dataset: its tables and files, its promises, its specification."""
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.show import show_dataset

    return show_dataset(settings, name)


@dataset_app.command()
@with_exit_code
def delete(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    verbose: Verbose = False,
) -> int:
    """Delete a dataset: all its versions, its files in the home folder, and its specifications.

    What was exported stays.
    """
    settings = settings_of(home=home)
    from synthdeal_assets.cli.dataset.delete import delete_dataset

    return delete_dataset(settings, name, yes=yes)


@dataset_app.command()
@with_exit_code
def types(
    *,
    search: Annotated[
        str | None,
        typer.Option(
            "--search", help="Only types with this word in their name or meaning.", metavar="WORD", show_default="all"
        ),
    ] = None,
    locale: Annotated[
        str | None,
        typer.Option("--locale", help="Say what is different in a locale, such as de_DE.", metavar="LOCALE"),
    ] = None,
    verbose: Verbose = False,
) -> int:
    """List the types that a field may have, such as person.email."""
    from synthdeal_assets.cli.dataset.types import list_types

    return list_types(search, locale)


@dataset_app.command()
@with_exit_code
def schema(*, verbose: Verbose = False) -> int:
    """Print the JSON Schema of specifications, for editors that complete and check YAML."""
    from synthdeal_assets.cli.dataset.schema import print_schema

    return print_schema()
