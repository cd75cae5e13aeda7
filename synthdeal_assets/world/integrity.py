"""What must hold in a world beyond what its table descriptions say: dates, outcomes, belonging, size, reserved domains.

Here are the promises and the SQL that finds what breaks them; how they appear in Dagster is in `checks.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from synthdeal_assets.foundation.drawing.fictional_phones import pattern_in_texts, written_pattern
from synthdeal_assets.foundation.warehouse.statements import sql_literal, statement
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck, rules_from
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.contract_tables import CONTRACTS
from synthdeal_assets.world.external_ids import EXTERNAL_ID
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, FIELD_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.made_with import INSTALLED, NAMES
from synthdeal_assets.world.people import FOUND_OUT_WITHIN
from synthdeal_assets.world.phones import phone_prefixes
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES, RENEWAL, STAGE_PROBABILITIES
from synthdeal_assets.world.store import STORED_TABLES
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
    SELLER,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES

RESERVED_ADDRESS: Final = (
    r"(?:https?://)?(?:[a-z0-9._%+-]+@)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+example\b(?:/[^\s]*)?"
)
"""E-mail and web addresses below the top-level domain .example (RFC 2606), in lower case."""

ANY_ADDRESS: Final = r"[^\s@]@[^\s@]|://|\bwww\.|[a-z0-9]\.[a-z]{2}"
"""Anything that could be an address: "Inc.", "No. 5", "2.5x" and "U.S." are none, "name.tld" is one."""

ANY_PHONE: Final = (
    r"(?:\+|\b00)\d[\d ()./-]{6,}\d"  # +49 30 1234567, 0049 30 1234567
    r"|\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"  # (212) 867-5309
    r"|\(0\d+\)[ -]?\d{3,}"  # (030) 1234567, (02) 9374 4000
    r"|\b0\d{1,4}[ /-]{1,3}\d{5,8}\b"  # 030 1234567, 030 / 1234567, 01753 123456
    r"|\b0\d{1,3}[ -]\d{3,4}[ -]?\d{3,4}\b"  # 020 7123 4567, 0412 345 678, 01 234 5678
    r"|\b0\d(?:[ .]\d\d){4}\b"  # 01 42 68 53 00
    r"|\b0\d{1,2}-\d{2,3} \d{2,3} \d{2}\b"  # 08-123 456 78
    r"|\b0\d{9,10}\b"  # 01701234567
)
"""Anything that could be a phone number, abroad or at home; dates, amounts and identifiers are none."""

_WRITTEN_PHONE: Final = written_pattern()
_PHONE_IN_TEXTS: Final = pattern_in_texts()

_OF_DEAL: Final = """JOIN crm.opportunities AS deals ON deals.opportunity_id = records.opportunity_id
JOIN crm.users ON users.user_id = deals.owner_id"""
_OWNERS: Final = {
    ACCOUNTS: "JOIN crm.users ON users.user_id = records.owner_id",
    CONTACTS: """JOIN crm.accounts AS accounts ON accounts.account_id = records.account_id
JOIN crm.users ON users.user_id = accounts.owner_id""",
    CONTACT_HISTORY: """JOIN crm.contacts AS contacts ON contacts.contact_id = records.contact_id
JOIN crm.accounts AS accounts ON accounts.account_id = contacts.account_id
JOIN crm.users ON users.user_id = accounts.owner_id""",
    OPPORTUNITIES: "JOIN crm.users ON users.user_id = records.owner_id",
    OPPORTUNITY_STAGES: _OF_DEAL,
    FIELD_HISTORY: _OF_DEAL,
    OPPORTUNITY_CONTACT_ROLE_HISTORY: _OF_DEAL,
    OWNER_HISTORY: "JOIN crm.users ON users.user_id = records.new_owner_id",
}
"""Tables whose rows have moments, and how their rows find the owner in whose time zone these lie."""


def world_integrity() -> list[TableCheck]:
    """The checks that only this room knows, in the order of the tables."""
    return [
        TableCheck(
            WORLD,
            "world_has_its_size",
            "There is one world, with exactly as many opportunities that are no renewals as its size in each of the "
            "three periods of 364 days up to its date, as many renewals as it says, and none that is older or, before "
            "the last period, open.",
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
            USERS,
            "users_come_and_go",
            "Who has left is not active and owns no account, and everybody reports to somebody who is there, or was on "
            "the last day.",
            _rules("users_come_and_go"),
        ),
        TableCheck(
            USERS,
            "users_can_sign_in",
            "Every user has a name made of its parts, a user name of their own, an alias of at most eight characters, "
            "a time zone, a locale and a language, and the holders of one seat work in one time zone.",
            _rules("users_can_sign_in"),
            blocking=False,
        ),
        *(
            TableCheck(
                table,
                "external_ids_are_unique",
                "Every row has an external id of its own, which ends in its identifier.",
                _rules("external_ids_are_unique", table=table.qualified_name, key=table.primary_key[0]),
                blocking=False,
            )
            for table in STORED_TABLES
            if EXTERNAL_ID in table.polars_schema
        ),
        TableCheck(
            OWNER_HISTORY,
            "owners_were_there",
            "On every day of a deal its owner was in the team; owners change when one leaves and the next one begins, "
            "each change follows the one before, and the last one made the present owner.",
            _rules("owners_were_there"),
        ),
        TableCheck(
            ACCOUNTS,
            "parts_belong_to_a_larger_whole",
            "An account that is a part of another one has fewer employees, and that one is no part itself.",
            _rules("parts_belong_to_a_larger_whole"),
        ),
        TableCheck(
            ACCOUNTS,
            "addresses_follow_the_city",
            "Every city lies in one country and, where addresses have one, in one state, each with one code.",
            _rules("addresses_follow_the_city"),
            blocking=False,
        ),
        TableCheck(
            CONTACTS,
            "contacts_can_be_written_to",
            "Every contact has a mailing address in the account's country, is known to want e-mails or not, and "
            "reports to a colleague who does not report back, if to anybody.",
            _rules("contacts_can_be_written_to"),
            blocking=False,
        ),
        TableCheck(
            CONTACTS,
            "dates_are_in_order",
            "No contact is older than its account.",
            _rules("contact_dates_are_in_order"),
        ),
        TableCheck(
            CONTACTS,
            "contacts_come_and_go",
            "Who has left is not active, was known before, and is the main contact of no open deal; nobody takes part "
            "in a deal before they are known, and the history leads to the present title and says when a departure was "
            "found out.",
            _rules("contacts_come_and_go"),
        ),
        *(
            TableCheck(
                table,
                "phones_follow_the_country",
                "Every phone number begins with the code of the account's country, and there is one exactly where the "
                "country's regulator keeps numbers for fiction.",
                _rules(
                    "phones_follow_the_country",
                    table=table.qualified_name,
                    key=table.primary_key[0],
                    prefixes=phone_prefixes(),
                ),
                blocking=False,
            )
            for table in (ACCOUNTS, CONTACTS)
        ),
        TableCheck(
            OPPORTUNITIES,
            "dates_are_in_order",
            "A deal is created after its account, and changed and closed after it was created; nothing happens after "
            "the world's date.",
            _rules("dates_are_in_order"),
        ),
        *(
            TableCheck(
                table,
                "moments_fall_on_their_days",
                "Everything that has a moment and a day happened on that day where its owner works.",
                tuple(
                    rule
                    for column in table.columns
                    if column.type == "TIMESTAMP"
                    for rule in _rules(
                        "moments_fall_on_their_days",
                        table=table.qualified_name,
                        key=", ".join(f"records.{name}" for name in table.primary_key),
                        moment=column.name,
                        day=column.name.replace("_at", "_date"),
                        owners=owners,
                    )
                ),
                blocking=False,
            )
            for table, owners in _OWNERS.items()
        ),
        TableCheck(
            OPPORTUNITIES,
            "moments_are_in_order",
            "Accounts are created before their contacts and opportunities, what happens in an opportunity comes after "
            "its creation and in the order of its entries, and its closing is the last of all.",
            _rules("moments_are_in_order"),
            blocking=False,
        ),
        TableCheck(
            OPPORTUNITIES,
            "names_are_unique",
            "No two deals have the same name.",
            _rules("names_are_unique"),
            blocking=False,
        ),
        TableCheck(
            OPPORTUNITIES,
            "stage_agrees_with_outcome",
            "Stage, probability, forecast category, closed and won agree.",
            (*_rules("stage_agrees_with_outcome"), *_stage_defaults(OPPORTUNITIES, with_category=True)),
        ),
        TableCheck(
            OPPORTUNITIES,
            "closing_agrees_with_outcome",
            "A lost deal has a reason, one lost to a competitor names it, every closed deal has a closing note and no "
            "next step, and what the closing took away is in the history with its day.",
            _rules("closing_agrees_with_outcome"),
        ),
        TableCheck(
            OPPORTUNITY_LINE_ITEMS,
            "amounts_are_sums_of_lines",
            "The amount of a deal with line items is their sum, to the cent; a line follows from the price book, and "
            "every deal that was won has one.",
            _rules("amounts_are_sums_of_lines"),
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
            OPPORTUNITY_CONTACT_ROLE_HISTORY,
            "dates_are_in_order",
            "Contacts take part from the deal's creation on at the earliest, and the last entry of each is its present "
            "role.",
            _rules("role_history_is_in_order"),
        ),
        TableCheck(
            CONTRACTS,
            "contracts_agree_with_the_deals",
            "Contracts come from deals that were won, every one of which has made its contracts; an account is a "
            "customer exactly while one runs; and a customer has one renewal a year.",
            _rules("contracts_agree_with_the_deals", renewal=RENEWAL),
        ),
        TableCheck(
            QUOTAS,
            "quotas_are_sums_of_teams",
            "A manager's quota is the sum of the team's, every seller in the team when the present quarter began has "
            "one, and none is set earlier than on the day before its quarter.",
            _rules(
                "quotas_are_sums_of_teams",
                seller=SELLER,
                users=USERS.qualified_name,
                opportunities=OPPORTUNITIES.qualified_name,
                owners=OWNER_HISTORY.qualified_name,
            ),
        ),
        TableCheck(
            FORECAST_SNAPSHOTS,
            "snapshots_agree_with_the_record",
            "Forecasts are of Fridays, what they show as closed is what was won in the quarter by then, and one of the "
            "world's date shows what the open deals do.",
            _rules("snapshots_agree_with_the_record"),
        ),
        TableCheck(
            TRUTH_OPPORTUNITIES,
            "truth_agrees_with_the_record",
            "Every deal has a row in the truth, closed deals ended as drawn, no deal stays open longer than 300 days, "
            "and a champion who left is found to have within weeks.",
            _rules("truth_agrees_with_the_record", found_out_within=FOUND_OUT_WITHIN + 3),
        ),
        TableCheck(
            TRUTH_LANDMARKS,
            "landmarks_agree_with_the_truth",
            "The deals that the record shows as open at a month end are those that really were, and their outcomes are "
            "the drawn ones, known from the day on that they can be.",
            _rules("landmarks_agree_with_the_truth"),
        ),
        *(_only_reserved(table) for table in STORED_TABLES),
    ]


def _rules(name: str, **values: object) -> tuple[Rule, ...]:
    return rules_from(statement(__package__, f"{name}.sql", **values))


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
    texts = [column.name for column in table.columns if column.type == "VARCHAR" and column.values is None]
    rules = [_reserved_rule(table, [name for name in texts if name != "phone"])]
    if "phone" in texts:
        rules.append(_phone_rule(table))
    return TableCheck(
        table,
        "only_reserved_domains_and_fictional_phones",
        "In every text column, e-mail and web addresses end in .example and phone numbers are ones that a regulator "
        "keeps for fiction.",
        tuple(rules),
        blocking=False,
    )


def _reserved_rule(table: Table, columns: Sequence[str]) -> Rule:
    # All columns in one query: the patterns are long, and every run stores the query with its result.
    key = ", ".join(table.primary_key)
    texts = "\nUNION ALL ".join(
        f"SELECT {key}, {sql_literal(column)} AS column_name, {column} AS text FROM {table.qualified_name}"
        for column in columns
    )
    # What is allowed is replaced first, by a letter, so that what is glued to it is still found: x.example.com. Phones
    # come second, because the sign before one belongs to the match.
    left = "lower(text)"
    for allowed in (RESERVED_ADDRESS, _PHONE_IN_TEXTS):
        left = f"regexp_replace({left}, {sql_literal(allowed)}, 'x', 'g')"
    suspicious = sql_literal(f"{ANY_ADDRESS}|{ANY_PHONE}")
    # Most texts hold nothing suspicious, and looking for that is far cheaper than replacing what is allowed.
    return Rule(
        "any text",
        f"SELECT {key}, column_name, text, regexp_extract(left_over, {suspicious}) AS found FROM (\n"
        f"SELECT *, {left} AS left_over FROM (\n{texts}\n) WHERE regexp_matches(lower(text), {suspicious})\n"
        f") WHERE regexp_matches(left_over, {suspicious})",
    )


def _phone_rule(table: Table) -> Rule:
    key = ", ".join(table.primary_key)
    return Rule(
        "phone",
        f"SELECT {key}, phone FROM {table.qualified_name} "
        f"WHERE NOT regexp_full_match(phone, {sql_literal(_WRITTEN_PHONE)})",
    )
