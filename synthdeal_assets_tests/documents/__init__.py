"""README.md and docs/: what is generated from the code, and the tests that hold the rest against it."""
