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
    "price_of_missing_money",
    "status",
    "cancelled",
    "currency",
    "discount",
    "price_before_discount",
    "unknown",
)
"""What a column of the log is taken for; unknown ones are kept in the log and reported, and nothing reads them."""

DECIMAL_POINT: Final = "point"
DECIMAL_COMMA: Final = "comma"
DECIMAL_MARKS: Final = (DECIMAL_POINT, DECIMAL_COMMA)

NO_ROW: Final = "line not like the header"
TOTAL: Final = "total of other rows"
NO_SALE: Final = "document that is no sale"
NOBODY: Final = "buyer is nobody"
OTHER_CURRENCY: Final = "another currency"
NO_SALES: Final = (TOTAL, NO_SALE, NOBODY, OTHER_CURRENCY)
"""Why a row that can be read is not counted all the same."""

REJECT_REASONS: Final = (
    "no customer id",
    "customer id cut short",
    "no date",
    "date not understood",
    "date far from all others",
    "money not understood",
    "quantity not understood",
    "money too large",
    "duplicated row",
    *NO_SALES,
    "holdout row not later than the log",
    NO_ROW,
)

LINE: Final = "(line)"
"""In place of a column of a rejected row: it is a line of a text file that could not be made a row."""

SALES_LOG: Final = Table(
    "sales",
    "sales_log",
    "The sales log as it was read, one wide row per invoice. Besides these columns it has all columns of the log "
    "itself, including unrecognised ones, as text or as typed in the source.",
    (
        Column("source_file", "VARCHAR", "File, or database and table, that the row comes from, without passwords."),
        Column("source_row", "BIGINT", "Row number in the source; the first data row is 1.", minimum=1),
        Column(
            "source_role",
            "VARCHAR",
            "Whether the row is used for training or only for validation.",
            values=SOURCE_ROLES,
        ),
    ),
    ("source_file", "source_row"),
)

LOG_FILES: Final = Table(
    "sales",
    "log_files",
    "A source of the current sales log: what it is and how it was read.",
    (
        Column("source_file", "VARCHAR", "File, or database and table, without passwords."),
        Column(
            "source_role", "VARCHAR", "Whether it is used for training or only for validation.", values=SOURCE_ROLES
        ),
        Column("source_kind", "VARCHAR", "Kind of source.", values=SOURCE_KINDS),
        Column("encoding", "VARCHAR", "Encoding of a CSV; NULL for other kinds.", nullable=True),
        Column("row_count", "BIGINT", "Number of data rows.", minimum=0),
        Column("column_count", "BIGINT", "Number of columns.", minimum=1),
        Column("date_formats", "VARCHAR", "Formats of its dates, joined by ' and '; native if typed."),
        Column("first_order_date", "DATE", "Earliest date; NULL when no row is usable.", nullable=True),
        Column("last_order_date", "DATE", "Latest date; NULL when no row is usable.", nullable=True),
        Column("fingerprint", "VARCHAR", "Hash of its content; the same fingerprint gives the same transactions."),
        Column(
            "caveats",
            "VARCHAR",
            "What readers of the results need to know about it; NULL when there is nothing.",
            nullable=True,
        ),
    ),
    ("source_file",),
)

LOG_COLUMNS: Final = Table(
    "sales",
    "log_columns",
    "A column in a source of the current sales log, and how it was interpreted.",
    (
        Column("source_file", "VARCHAR", "The source.", references="sales.log_files.source_file"),
        Column("column_name", "VARCHAR", "Name of the column in the source."),
        Column("stored_name", "VARCHAR", "Its name in sales.sales_log, where no two names may differ only in case."),
        Column("column_role", "VARCHAR", "How the column was interpreted.", values=COLUMN_ROLES),
        Column("product", "VARCHAR", "Product that it belongs to; NULL unless it is money or quantity.", nullable=True),
        Column("division", "VARCHAR", "Division of that product; NULL unless it is money or quantity.", nullable=True),
        Column(
            "decimal_mark",
            "VARCHAR",
            "Decimal mark, found from all its amounts; NULL unless it holds amounts.",
            nullable=True,
            values=DECIMAL_MARKS,
        ),
        Column("non_empty", "BIGINT", "Number of rows in which it is not blank.", minimum=0),
    ),
    ("source_file", "column_name"),
)

PRODUCT_MAP: Final = Table(
    "sales",
    "product_map",
    "A product in the current sales log: the columns that hold its money and quantity, and its division.",
    (
        Column("product", "VARCHAR", "Name of the product."),
        Column("division", "VARCHAR", "Division it belongs to."),
        Column(
            "money_column", "VARCHAR", "Column that holds its money; NULL when there is only a quantity.", nullable=True
        ),
        Column("quantity_column", "VARCHAR", "Column that holds its quantity; NULL when there is none.", nullable=True),
        Column("is_proposed", "BOOLEAN", "Whether SynthDeal proposed it from the header, rather than a person."),
    ),
    ("product",),
)

FACT_TRANSACTIONS: Final = Table(
    "sales",
    "fact_transactions",
    "A product on an invoice: the sales log, unpivoted. Money and quantity add up to those of the log, to the cent.",
    (
        Column("source_file", "VARCHAR", "Source of the row.", references="sales.log_files.source_file"),
        Column("source_row", "BIGINT", "Row number in the source.", minimum=1),
        Column("customer_id", "VARCHAR", "The customer, as text whatever the type in the source."),
        Column("order_date", "DATE", "Day of the invoice."),
        Column("invoice", "VARCHAR", "Number of the invoice; NULL when the log has none.", nullable=True),
        Column("product", "VARCHAR", "Product.", references="sales.product_map.product"),
        Column("division", "VARCHAR", "Division of the product."),
        Column(
            "amount",
            "DECIMAL(18,4)",
            "Money in the log's currency, negative for a return; 0 when the log has only quantities.",
        ),
        Column("quantity", "DECIMAL(18,4)", "Units; NULL when the log has only money.", nullable=True),
        Column("is_return", "BOOLEAN", "Whether the money is negative, or the quantity if there is no money."),
        Column("branch", "VARCHAR", "Branch of the invoice; NULL when not given.", nullable=True),
        Column("rep", "VARCHAR", "Sales rep of the invoice; NULL when not given.", nullable=True),
        Column("is_holdout", "BOOLEAN", "Whether the row is from a hold-out source, which only validation may read."),
    ),
    ("source_file", "source_row", "product"),
)

REJECTED_ROWS: Final = Table(
    "sales",
    "rejected_rows",
    "A row, or one cell of a row, that did not become a transaction, and why. Nothing in the log is silently dropped.",
    (
        Column("source_file", "VARCHAR", "Source of the row.", references="sales.log_files.source_file"),
        Column(
            "source_row",
            "BIGINT",
            "Row number in the source; for a line that is not a row, its line number in the file.",
            minimum=1,
        ),
        Column(
            "column_name",
            "VARCHAR",
            f"The cell's column; empty when the whole row is rejected, {LINE} for such a line.",
        ),
        Column("reason", "VARCHAR", "Reason for the rejection.", values=REJECT_REASONS),
        Column("value", "VARCHAR", "The text that was not understood; NULL when a value is missing.", nullable=True),
        Column("amount", "DECIMAL(18,4)", "Money that was recognised in the rejected part."),
        Column("quantity", "DECIMAL(18,4)", "Units that were recognised in the rejected part."),
    ),
    ("source_file", "source_row", "column_name"),
)

CUSTOMERS: Final = Table(
    "sales",
    "customers",
    "A customer in the sales log, without hold-out rows.",
    (
        Column("customer_id", "VARCHAR", "The customer."),
        Column("name", "VARCHAR", "Latest name in the log; NULL when the log has none.", nullable=True),
        Column("account_id", "VARCHAR", "CRM account with the same id or name; NULL if there is none.", nullable=True),
        Column("first_order_date", "DATE", "Day of the first transaction."),
        Column("last_order_date", "DATE", "Day of the last transaction."),
        Column(
            "orders",
            "BIGINT",
            "Number of invoices, or of days with a purchase where there are no invoice numbers.",
            minimum=0,
        ),
        Column("net_amount", "DECIMAL(18,4)", "Net money of all transactions, after returns."),
        Column("divisions", "BIGINT", "Number of divisions ever bought from.", minimum=0),
        Column("rep", "VARCHAR", "Rep on the latest invoice that names one; NULL if none does.", nullable=True),
        Column("branch", "VARCHAR", "Branch on the latest invoice that names one; NULL if none does.", nullable=True),
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
