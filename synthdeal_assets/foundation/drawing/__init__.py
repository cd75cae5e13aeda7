"""Random numbers and names that depend on their keys alone, for every room that makes data up."""
