"""The truth behind the synthetic sales log, which only the generator and the measurement of the models may know."""

from typing import Final

from synthdeal_assets.foundation.warehouse.tables import Column, Table

SALES_AFFINITIES: Final = Table(
    "truth",
    "sales_affinities",
    "How likely a customer of the synthetic sales log truly is to buy from a division. Nothing that learns may read "
    "it; no rows when the log is a real one.",
    (
        Column("customer_id", "VARCHAR", "The customer."),
        Column("division", "VARCHAR", "The division."),
        Column("affinity", "DOUBLE", "Latent liking, standard normal over the customers of a division."),
        Column("monthly_rate", "DOUBLE", "Purchases expected in the 30 days after the last day of the log.", minimum=0),
        Column("churned", "BOOLEAN", "Whether the customer has left for good by the last day of the log."),
    ),
    ("customer_id", "division"),
)
