"""A home with one finished run in it, for the examples in the pages: the one of the command line's tests."""

from synthdeal_assets_tests.cli.conftest import first_run, home

__all__ = ["first_run", "home"]
