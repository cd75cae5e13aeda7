"""The tables of schema datasets: what is declared, what was made of it, and what was found when it was recounted.

The rows of the datasets themselves are files, in a folder for each version (`version_folders.py`). Nothing here reads
or writes.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

MAKERS: Final = ("person", "words")
"""Who writes specifications: a person in YAML, or SynthDeal from a request in words."""

SPECS: Final = Table(
    "datasets",
    "specs",
    "A specification of a dataset; each change of it is a new version.",
    (
        Column("name", "VARCHAR", "Dataset."),
        Column("version", "BIGINT", "Version of the dataset, from 1.", minimum=1),
        Column("specification", "VARCHAR", "The specification, YAML, with the comments of whoever wrote it."),
        Column("hash", "VARCHAR", "SHA-256 of the specification."),
        Column("request", "VARCHAR", "The words that it was made from; NULL when somebody wrote it.", nullable=True),
        Column("made_by", "VARCHAR", "Who wrote it.", values=MAKERS),
        Column("questions_open", "BIGINT", "Questions that nobody has answered yet.", minimum=0),
        Column("created_at", "TIMESTAMP", "When it was stored, UTC."),
    ),
    ("name", "version"),
)

_DATASET = Column("dataset", "VARCHAR", "Dataset.", derived_from=("datasets.specs.name",))
_VERSION = Column("version", "BIGINT", "Its version.", minimum=1, derived_from=("datasets.specs.version",))

TABLES: Final = Table(
    "datasets",
    "tables",
    "A table of a dataset that was generated; of each dataset the last two versions are kept.",
    (
        _DATASET,
        _VERSION,
        Column("position", "BIGINT", "Its place in the specification, from 1.", minimum=1),
        Column("table_name", "VARCHAR", "Table.", derived_from=("datasets.specs.specification",)),
        Column("rows", "BIGINT", "Its rows.", minimum=0, derived_from=("datasets.specs.specification",)),
        Column("bytes", "BIGINT", "Size of its file.", minimum=0),
        Column("content_hash", "VARCHAR", "SHA-256 of its file: the same specification gives the same."),
        Column("seconds", "DOUBLE", "How long it took to write.", minimum=0),
        Column("file_path", "VARCHAR", "Its file, below the home folder."),
        Column("created_at", "TIMESTAMP", "When the version was complete, UTC."),
    ),
    ("dataset", "version", "position"),
)

PROMISES: Final = Table(
    "datasets",
    "promises",
    "A statement of a specification, and what was found when it was recounted from the files alone.",
    (
        _DATASET,
        _VERSION,
        Column("position", "BIGINT", "Its place among the promises, from 1.", minimum=1),
        Column("table_name", "VARCHAR", "Table that it is about.", derived_from=("datasets.tables.table_name",)),
        Column("field", "VARCHAR", "Field that it is about; NULL when it is about rows.", nullable=True),
        Column("line", "BIGINT", "Its line in the specification; NULL when it has none.", nullable=True, minimum=1),
        Column("kind", "VARCHAR", "What sort of statement it is, such as key, share or rule."),
        Column("sentence", "VARCHAR", "What is promised.", derived_from=("datasets.specs.specification",)),
        Column("expected", "VARCHAR", "What the count should be."),
        Column("measured", "VARCHAR", "What was counted."),
        Column("held", "BOOLEAN", "Whether it holds."),
        Column("against", "BIGINT", "How much speaks against it: rows, or what a count is off by.", minimum=0),
        Column("keys", "VARCHAR", "Keys of rows against it, five at most, as a list in JSON."),
        Column("query", "VARCHAR", "The query that counted it, for DuckDB."),
    ),
    ("dataset", "version", "position"),
)

EXPORTS: Final = Table(
    "datasets",
    "exports",
    "A folder that a dataset was exported to.",
    (
        _DATASET,
        _VERSION,
        Column("folder", "VARCHAR", "The folder, as an absolute path."),
        Column("format", "VARCHAR", "Format of its files, such as csv."),
        Column("files", "BIGINT", "Files in it.", minimum=0),
        Column("bytes", "BIGINT", "Size of its files.", minimum=0),
        Column("promises", "BIGINT", "Promises that were recounted from these files.", minimum=0),
        Column("held", "BIGINT", "How many of them hold.", minimum=0),
        Column("created_at", "TIMESTAMP", "When it was written, UTC."),
    ),
    ("dataset", "version", "folder", "format"),
)

SESSIONS: Final = Table(
    "datasets",
    "sessions",
    "A plan that is being made in words, kept by the name of its dataset so that it can be resumed.",
    (
        Column("name", "VARCHAR", "Dataset.", references="datasets.specs.name"),
        Column("started_at", "TIMESTAMP", "When it began, UTC."),
        Column("changed_at", "TIMESTAMP", "When something was last said, UTC."),
    ),
    ("name",),
)

MESSAGES: Final = Table(
    "datasets",
    "messages",
    "Something that was said about a plan.",
    (
        Column("name", "VARCHAR", "Dataset.", references="datasets.sessions.name"),
        Column("position", "BIGINT", "Its place in the session, from 1.", minimum=1),
        Column("said_by", "VARCHAR", "Who said it.", values=("person", "SynthDeal")),
        Column("text", "VARCHAR", "What was said."),
        Column("version", "BIGINT", "Version of the specification after it.", minimum=1),
        Column("said_at", "TIMESTAMP", "When, UTC."),
    ),
    ("name", "position"),
)

DATASET_TABLES: Final = (SPECS, TABLES, PROMISES, EXPORTS, SESSIONS, MESSAGES)
"""All of them, each after those that it is made from."""
