"""The truth behind the synthetic sales log, which only the generator and the measurement of the models may know."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

SALES_AFFINITIES: Final = Table(
    "truth",
    "sales_affinities",
    "How likely a customer in the synthetic sales log truly is to buy from a division; what accounts have contracts "
    "for follows from these and is not here. Models may not read it; it is empty when the log is real.",
    (
        Column("customer_id", "VARCHAR", "The customer."),
        Column("division", "VARCHAR", "The division."),
        Column("affinity", "DOUBLE", "Latent preference, standard normal across the customers of a division."),
        Column("monthly_rate", "DOUBLE", "Expected purchases in the 30 days after the last day of the log.", minimum=0),
        Column(
            "churned",
            "BOOLEAN",
            "Whether the customer has left for good by the last day of the log, or an account has no contract on it.",
        ),
    ),
    ("customer_id", "division"),
)
