"""What must hold in a world beyond what its table descriptions say: dates, outcomes, belonging, size, reserved domains.

Here are the promises and the SQL that finds what breaks them; how they appear in Dagster is in `checks.py`.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck, rules_from
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.generate import WORLD_TABLES
from synthdeal_assets.world.made_with import INSTALLED, NAMES
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES, STAGE_PROBABILITIES
from synthdeal_assets.world.tables import (
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES

FICTIONAL_PHONE: Final = r"(?:\+1[ .-]?)?\(?\b[2-9]\d{2}\)?[ .-]555[ .-]01\d{2}\b|\b555-01\d{2}\b"
"""Numbers kept for fiction: 555-0100 to 555-0199 in any North American area."""

RESERVED_ADDRESS: Final = (
    r"(?:https?://)?(?:[a-z0-9._%+-]+@)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+example\b(?:/[^\s]*)?"
)
"""E-mail and web addresses below the top-level domain .example (RFC 2606), in lower case."""

ANY_ADDRESS: Final = r"[^\s@]@[^\s@]|://|\bwww\.|[a-z0-9]\.[a-z]{2}"
"""Anything that could be an address: "Inc.", "No. 5", "2.5x" and "U.S." are none, "name.tld" is one."""

ANY_PHONE: Final = (
    r"\+\d[\d ().-]{6,}\d"  # +49 30 1234567
    r"|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"  # (212) 867-5309
    r"|\(0\d+\)[ -]?\d{4,}"  # (030) 1234567
)
"""Anything that could be a phone number; dates, amounts and identifiers are none."""


def world_integrity() -> list[TableCheck]:
    """The checks that only this room knows, in the order of the tables."""
    return [
        TableCheck(
            WORLD,
            "world_has_its_size",
            "There is one world, with exactly as many opportunities as its size in each of the three periods of 364 "
            "days up to its date, and none that is older or, before the last period, open.",
            _rules("world_has_its_size"),
        ),
        TableCheck(
            WORLD,
            "made_with_the_installed_versions",
            "The installed generator, Faker and NumPy are those that made the world; another generator makes another "
            "world, and with another Faker or NumPy the next run can change names and numbers, so install the recorded "
            "ones first if it must not.",
            tuple(
                Rule(
                    f"{NAMES[column]}, of which {version} is installed",
                    f"SELECT seed, {column} FROM {WORLD.qualified_name} WHERE {column} <> {sql_literal(version)}",
                )
                for column, version in INSTALLED.items()
            ),
            blocking=False,
            is_error=False,
        ),
        TableCheck(
            CONTACTS,
            "dates_are_in_order",
            "No contact is older than its account.",
            _rules("contact_dates_are_in_order"),
        ),
        TableCheck(
            OPPORTUNITIES,
            "dates_are_in_order",
            "A deal is created after its account and its owner's first day, and changed and closed after it was "
            "created; nothing happens after the world's date.",
            _rules("dates_are_in_order"),
        ),
        TableCheck(
            OPPORTUNITIES,
            "stage_agrees_with_outcome",
            "Stage, probability, forecast category, closed and won agree.",
            (*_rules("stage_agrees_with_outcome"), *_stage_defaults(OPPORTUNITIES, with_category=True)),
        ),
        TableCheck(
            OPPORTUNITY_STAGES,
            "dates_are_in_order",
            "A deal's stage entries follow each other without gaps, and the last one is its current stage.",
            _rules("history_is_in_order"),
        ),
        TableCheck(
            OPPORTUNITY_STAGES,
            "stage_agrees_with_probability",
            "Each entry has the probability of its stage.",
            _stage_defaults(OPPORTUNITY_STAGES, with_category=False),
        ),
        TableCheck(
            OPPORTUNITY_CONTACT_ROLES,
            "contacts_belong_to_the_account",
            "All contacts of a deal work at its account, and exactly one of them is the main contact.",
            _rules("contacts_belong_to_the_account"),
        ),
        TableCheck(
            TRUTH_OPPORTUNITIES,
            "truth_agrees_with_the_record",
            "Every deal has a row in the truth, closed deals ended as drawn, and no deal stays open longer than 300 "
            "days.",
            _rules("truth_agrees_with_the_record"),
        ),
        *(_only_reserved(table) for table in WORLD_TABLES),
    ]


def _rules(name: str) -> tuple[Rule, ...]:
    return rules_from(statement(__package__, f"{name}.sql"))


def _stage_defaults(table: Table, *, with_category: bool) -> tuple[Rule, ...]:
    """Rules that compare probability and forecast category with Salesforce's defaults for the stage."""
    defaults = {"probability": {stage: str(percent) for stage, percent in STAGE_PROBABILITIES.items()}}
    if with_category:
        defaults["forecast_category"] = {stage: f"'{category}'" for stage, category in FORECAST_CATEGORIES.items()}
    key = ", ".join(table.primary_key)
    return tuple(
        Rule(
            column,
            f"SELECT {key}, stage_name, {column} FROM {table.qualified_name} WHERE {column} <> CASE stage_name "
            + " ".join(f"WHEN '{stage}' THEN {value}" for stage, value in values.items())
            + " END",
        )
        for column, values in defaults.items()
    )


def _only_reserved(table: Table) -> TableCheck:
    """That a table's texts hold no address and no phone number that could be anybody's."""
    return TableCheck(
        table,
        "only_reserved_domains_and_fictional_phones",
        "In every text column, e-mail and web addresses end in .example and phone numbers are in the range reserved "
        "for fiction.",
        tuple(
            _reserved_rule(table, column.name)
            for column in table.columns
            if column.type == "VARCHAR" and column.values is None
        ),
        blocking=False,
    )


def _reserved_rule(table: Table, column: str) -> Rule:
    # What is allowed is replaced first, by a letter, so that what is glued to it is still found: x.example.com.
    left = f"regexp_replace(lower({column}), {sql_literal(f'{RESERVED_ADDRESS}|{FICTIONAL_PHONE}')}, 'x', 'g')"
    suspicious = sql_literal(f"{ANY_ADDRESS}|{ANY_PHONE}")
    condition = f"regexp_matches({left}, {suspicious})"
    if column == "phone":
        condition = f"NOT regexp_full_match({column}, {sql_literal(FICTIONAL_PHONE)})"
    shown = ", ".join(dict.fromkeys([*table.primary_key, column]))
    return Rule(
        column,
        f"SELECT {shown}, regexp_extract({left}, {suspicious}) AS found FROM {table.qualified_name} WHERE {condition}",
    )
