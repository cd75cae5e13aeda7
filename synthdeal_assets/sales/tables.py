"""The tables of schema sales.

One log stands in the warehouse at a time. `sales.sales_log` has the columns of the log besides those described here,
each as it was ingested; all other tables have exactly the columns described. Amounts are in the currency of the log.
The truth behind the synthetic log belongs in `truth_tables.py`, which nothing that learns may import.
"""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

LOG: Final = "log"
HOLDOUT: Final = "holdout"
SOURCE_ROLES: Final = (LOG, HOLDOUT)
"""What is learnt from, and later sales that nothing but validation may see."""

RESERVED_DIVISION: Final = "(all)"
"""Stands for all divisions together where they are measured; none may be called so."""

SYNTHETIC: Final = "synthetic"
SOURCE_KINDS: Final = ("csv", "parquet", "excel", "database", SYNTHETIC)

COLUMN_ROLES: Final = (
    "customer_id",
    "customer_name",
    "order_date",
    "invoice",
    "branch",
    "rep",
    "product",
    "division",
    "money",
    "unit_price",
    "quantity",
    "unknown",
)
"""What a column of the log is taken for; unknown ones are kept in the log and reported, and nothing reads them."""

DECIMAL_POINT: Final = "point"
DECIMAL_COMMA: Final = "comma"
DECIMAL_MARKS: Final = (DECIMAL_POINT, DECIMAL_COMMA)

NO_ROW: Final = "line not like the header"
REJECT_REASONS: Final = (
    "no customer id",
    "no date",
    "date not understood",
    "date far from all others",
    "money not understood",
    "quantity not understood",
    "money too large",
    "duplicated row",
    "holdout row not later than the log",
    NO_ROW,
)

LINE: Final = "(line)"
"""In place of a column of a rejected row: it is a line of a text file that could not be made a row."""

SALES_LOG: Final = Table(
    "sales",
    "sales_log",
    "The sales log as it was ingested, wide, one row an invoice: besides these columns it has those of the log itself, "
    "unknown ones included, as text or as the source typed them.",
    (
        Column("source_file", "VARCHAR", "File, or database and table, the row comes from; passwords are left out."),
        Column("source_row", "BIGINT", "Number of the row in its source, the first row of data being 1.", minimum=1),
        Column("source_role", "VARCHAR", "Whether the row is learnt from or kept for validation.", values=SOURCE_ROLES),
    ),
    ("source_file", "source_row"),
)

LOG_FILES: Final = Table(
    "sales",
    "log_files",
    "A source of the present sales log: what it is and how it was read.",
    (
        Column("source_file", "VARCHAR", "File, or database and table; passwords are left out."),
        Column("source_role", "VARCHAR", "Whether it is learnt from or kept for validation.", values=SOURCE_ROLES),
        Column("source_kind", "VARCHAR", "What kind of source it is.", values=SOURCE_KINDS),
        Column("encoding", "VARCHAR", "Encoding of a CSV; NULL for other kinds.", nullable=True),
        Column("row_count", "BIGINT", "Rows of data in it.", minimum=0),
        Column("column_count", "BIGINT", "Columns in it.", minimum=1),
        Column("date_formats", "VARCHAR", "How its dates are written, several joined by ' and '; native if typed."),
        Column("first_order_date", "DATE", "Earliest date in it; NULL when no row is usable.", nullable=True),
        Column("last_order_date", "DATE", "Latest date in it; NULL when no row is usable.", nullable=True),
        Column("fingerprint", "VARCHAR", "Hash of its content: the same fingerprint gives the same transactions."),
        Column(
            "caveats", "VARCHAR", "What a reader of the results must know about it; NULL when nothing.", nullable=True
        ),
    ),
    ("source_file",),
)

LOG_COLUMNS: Final = Table(
    "sales",
    "log_columns",
    "A column of a source of the present sales log, and what it was taken for.",
    (
        Column("source_file", "VARCHAR", "The source.", references="sales.log_files.source_file"),
        Column("column_name", "VARCHAR", "Name of the column in the source."),
        Column("stored_name", "VARCHAR", "Its name in sales.sales_log, where no two may differ only in case."),
        Column("column_role", "VARCHAR", "What it was taken for.", values=COLUMN_ROLES),
        Column("product", "VARCHAR", "Product it counts; NULL unless money or quantity.", nullable=True),
        Column("division", "VARCHAR", "Division of that product; NULL unless money or quantity.", nullable=True),
        Column(
            "decimal_mark",
            "VARCHAR",
            "What stands before its decimals, found from all its amounts; NULL unless amounts.",
            nullable=True,
            values=DECIMAL_MARKS,
        ),
        Column("non_empty", "BIGINT", "Rows in which it is not blank.", minimum=0),
    ),
    ("source_file", "column_name"),
)

PRODUCT_MAP: Final = Table(
    "sales",
    "product_map",
    "A product of the present sales log: which columns hold its money and its quantity, and its division.",
    (
        Column("product", "VARCHAR", "Name of the product."),
        Column("division", "VARCHAR", "Division it belongs to."),
        Column("money_column", "VARCHAR", "Column of its money; NULL when only counted.", nullable=True),
        Column("quantity_column", "VARCHAR", "Column of its quantity; NULL when not counted.", nullable=True),
        Column("is_proposed", "BOOLEAN", "Whether SynthDeal proposed it from the header, and nobody wrote it."),
    ),
    ("product",),
)

FACT_TRANSACTIONS: Final = Table(
    "sales",
    "fact_transactions",
    "A product on an invoice: the sales log, unpivoted. Money and quantity sum to those of the log, to the cent.",
    (
        Column("source_file", "VARCHAR", "Where it comes from.", references="sales.log_files.source_file"),
        Column("source_row", "BIGINT", "Row of the source.", minimum=1),
        Column("customer_id", "VARCHAR", "The customer, as one text whatever the source's type."),
        Column("order_date", "DATE", "Day of the invoice."),
        Column("invoice", "VARCHAR", "Number of the invoice; NULL when the log has none.", nullable=True),
        Column("product", "VARCHAR", "Product.", references="sales.product_map.product"),
        Column("division", "VARCHAR", "Division of the product."),
        Column(
            "amount",
            "DECIMAL(18,4)",
            "Money in the log's currency, negative for a return; 0 when the log has only the quantity.",
        ),
        Column("quantity", "DECIMAL(18,4)", "Units; NULL when the log has only the money.", nullable=True),
        Column("is_return", "BOOLEAN", "Whether money, or without money the quantity, is negative."),
        Column("branch", "VARCHAR", "Branch of the invoice; NULL when not given.", nullable=True),
        Column("rep", "VARCHAR", "Sales rep of the invoice; NULL when not given.", nullable=True),
        Column("is_holdout", "BOOLEAN", "Whether the row is from a holdout source, which only validation may read."),
    ),
    ("source_file", "source_row", "product"),
)

REJECTED_ROWS: Final = Table(
    "sales",
    "rejected_rows",
    "A row, or one cell of a row, that did not become a transaction, and why. Nothing of the log is lost in silence.",
    (
        Column("source_file", "VARCHAR", "Where it comes from.", references="sales.log_files.source_file"),
        Column("source_row", "BIGINT", "Row of the source; of a line that is no row, its line in the file.", minimum=1),
        Column(
            "column_name",
            "VARCHAR",
            f"The cell's column; empty when the whole row is rejected, {LINE} for such a line.",
        ),
        Column("reason", "VARCHAR", "Why.", values=REJECT_REASONS),
        Column("value", "VARCHAR", "The text that was not understood; NULL when something is missing.", nullable=True),
        Column("amount", "DECIMAL(18,4)", "Money that was understood in what is rejected."),
        Column("quantity", "DECIMAL(18,4)", "Units that were understood in what is rejected."),
    ),
    ("source_file", "source_row", "column_name"),
)

CUSTOMERS: Final = Table(
    "sales",
    "customers",
    "A customer of the sales log, holdout rows left out.",
    (
        Column("customer_id", "VARCHAR", "The customer."),
        Column("name", "VARCHAR", "Name in the log, the latest; NULL when the log has none.", nullable=True),
        Column("account_id", "VARCHAR", "Account of the CRM with the same id or name; NULL if none.", nullable=True),
        Column("first_order_date", "DATE", "Day of the first transaction."),
        Column("last_order_date", "DATE", "Day of the last transaction."),
        Column("orders", "BIGINT", "Days with an invoice number of their own, or days with a purchase.", minimum=0),
        Column("net_amount", "DECIMAL(18,4)", "Money of all transactions, returns deducted."),
        Column("divisions", "BIGINT", "Divisions ever bought.", minimum=0),
        Column("rep", "VARCHAR", "Rep of the latest invoice that names one; NULL if none.", nullable=True),
        Column("branch", "VARCHAR", "Branch of the latest invoice that names one; NULL if none.", nullable=True),
    ),
    ("customer_id",),
)

SALES_TABLES: Final = (
    SALES_LOG,
    LOG_FILES,
    LOG_COLUMNS,
    PRODUCT_MAP,
    FACT_TRANSACTIONS,
    REJECTED_ROWS,
    CUSTOMERS,
)
