"""The commands of the dataset room."""
