"""Whether a plan is what a person meant: every table, field, number, format and word left over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any

import yaml

from synthdeal_assets.datasets.types.field_names import type_of_name
from synthdeal_assets.datasets.words.plan import Plan
from synthdeal_assets.datasets.words.planning import plan_request
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.plain_yaml import read_plain_yaml

AS_OF = date(2026, 11, 28)


def requests(name: str) -> list[dict[str, Any]]:
    """The requests of a file beside this module."""
    found: list[dict[str, Any]] = yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return found


def plan_of(request: str) -> Plan:
    """The plan of a request."""
    return plan_request(request, as_of=AS_OF, type_of_name=type_of_name)


def faults(expected: Mapping[str, Any]) -> list[str]:
    """What is wrong with the plan of a request, in words; nothing where it is wholly right."""
    try:
        plan = plan_of(expected["say"])
    except SynthDealError as error:
        return [] if error.code == expected.get("refused") else [f"{error.code}: {error}"]
    if "refused" in expected:
        return [f"not refused: {plan.specification_text()}"]
    data: Any = read_plain_yaml(plan.specification_text(), deepest=10).data
    plan.parsed()
    found = [one.why for one in plan.problems()]
    lost = sorted(span.text for span in plan.not_understood)
    if lost != sorted(expected.get("lost", [])):
        found.append(f"not understood: {lost}")
    for key, default in (("seed", None), ("locale", "en_US"), ("dataset", None)):
        wanted = expected.get(key, default)
        if wanted is not None and str(data[key]) != str(wanted):
            found.append(f"{key}: {data[key]}")
    if sorted(plan.formats) != sorted(expected.get("formats", [])):
        found.append(f"formats: {plan.formats}")
    if plan.file_name != expected.get("file"):
        found.append(f"file: {plan.file_name}")
    tables = {_one(name): (name, table) for name, table in data["tables"].items()}
    wanted_tables = expected["tables"]
    if set(tables) != {_one(name) for name in wanted_tables}:
        return [*found, f"tables: {list(data['tables'])}"]
    for name, wanted in wanted_tables.items():
        found += [f"{name}: {fault}" for fault in _table_faults(tables[_one(name)][1], wanted, data)]
    return found


def _one(name: str) -> str:
    name = fold(name)
    for ending in ("es", "s", "en", "n", "e"):
        if name.endswith(ending):
            return name.removesuffix(ending).rstrip("e")
    return name


def _table_faults(table: Any, wanted: Mapping[str, Any], data: Any) -> list[str]:
    found = []
    rows = table["rows"]
    if "per" in wanted or "every" in wanted:
        expected = {key: wanted[key] for key in ("per", "count", "every", "from", "to") if key in wanted}
        if (
            not isinstance(rows, dict)
            or (("per" in expected) and _one(rows.get("per", "")) != _one(expected["per"]))
            or any(_plain(rows.get(key)) != _plain(value) for key, value in expected.items() if key != "per")
        ):
            found.append(f"rows {rows}")
    elif "rows" in wanted and str(rows).replace("_", "") != str(wanted["rows"]):
        found.append(f"rows {rows}")
    own = {
        name: one
        for name, one in table["fields"].items()
        if not (isinstance(one, dict) and (one.keys() & {"refers_to", "time_of"} or one == {"key": "integer"}))
    }
    keys = {name for name, one in table["fields"].items() if isinstance(one, dict) and "key" in one}
    missing = set(wanted["fields"]) - set(table["fields"])
    extra = set(own) - set(wanted["fields"]) - {"value"}
    if missing or extra:
        found.append(f"fields missing {sorted(missing)}, too many {sorted(extra)}")
    if "rules" in wanted and table.get("rules") != wanted["rules"]:
        found.append(f"rules {table.get('rules')}")
    for name, asked in wanted["fields"].items():
        if name in table["fields"]:
            one = table["fields"][name]
            one = {"type": one} if isinstance(one, str) else one
            found += [f"{name} {fault} in {one}" for fault in _field_faults(one, asked or {}, name in keys, table)]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return str(value).replace("_", "")


def _ends(one: Mapping[str, Any]) -> tuple[Fraction | None, Fraction | None]:
    if "uniform" in one:
        low, high = str(one["uniform"]).replace("_", "").split(" .. ")
        return Fraction(low), Fraction(high)
    return tuple(Fraction(str(one[key]).replace("_", "")) if key in one else None for key in ("min", "max"))  # type: ignore[return-value]


def _near(one: Any, other: Any) -> bool:
    if isinstance(other, str) and other.endswith("%") and isinstance(one, str) and one.endswith("%"):
        return abs(float(one[:-1]) - float(other[:-1])) < 1e-3
    return str(one) == str(other)


def _field_faults(  # noqa: PLR0912  # one condition for each thing that can be asked
    one: Mapping[str, Any], asked: Mapping[str, Any], is_key: bool, table: Any
) -> list[str]:
    found = []
    low, high = _ends(one)
    if "span" in asked and (low, high) != tuple(Fraction(str(end)) for end in asked["span"]):
        found.append("span")
    if "least" in asked and low != Fraction(str(asked["least"])):
        found.append("least")
    if "most" in asked and high != Fraction(str(asked["most"])):
        found.append("most")
    days = one.get("date", one.get("datetime", ""))
    if "dates" in asked and days != " .. ".join(str(end) for end in asked["dates"]):
        found.append("dates")
    if "after" in asked and asked["after"] not in days and f"> {asked['after']}" not in str(table.get("rules")):
        found.append("after")
    if "one_of" in asked:
        wanted = asked["one_of"]
        given = one.get("one_of")
        if isinstance(wanted, dict):
            right = isinstance(given, dict) and list(given) == [str(key) for key in wanted]
            right = right and all(_near(given[str(key)], share) for key, share in wanted.items() if given)
        else:
            right = given == [str(value) for value in wanted]
        if not right:
            found.append("one_of")
    for key in ("pattern", "formula", "flag", "missing", "when", "decimals"):
        if key in asked:
            given = one.get(key, one.get("key") if key == "pattern" else None)
            if not _near(given, asked[key]):
                found.append(key)
    found += [key for key in ("type", "normal") if key in asked and _plain(one.get(key)) != _plain(asked[key])]
    if "has" in asked and asked["has"] not in one:
        found.append(f"no {asked['has']}")
    if bool(asked.get("unique")) != (str(one.get("unique")) == "true" or (is_key and bool(asked.get("unique")))):
        found.append("unique")
    found += [
        f"has {key}" for key in ("missing", "when", "formula", "flag") if key not in asked and key in one and asked
    ]
    if not asked and any(key in one for key in ("one_of", "missing", "when", "formula")):
        found.append("more than was said")
    return found
