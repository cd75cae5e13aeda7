"""Names of invented persons and companies, and how a name stands in an address."""
