"""References between tables: which there are, and which cannot be drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from synthdeal_assets.datasets.spec.dataset import Reference
from synthdeal_assets.datasets.spec.grammar import FieldSpec, TableSpec
from synthdeal_assets.datasets.spec.mistakes import Mistakes, meant, singular

_SAME: Final = re.compile(r"same (?P<fields>\w+(, ?\w+)*)")


class References:
    """The references of all tables.

    Attributes:
        found: Each by its table and its field.
    """

    def __init__(self, tables: Mapping[str, TableSpec], mistakes: Mistakes) -> None:
        self._tables = tables
        self._mistakes = mistakes
        self.found: dict[tuple[str, str], Reference] = {}
        for name, table in tables.items():
            parent = self._parent_of(name, table)
            for field, spec in table.fields.items():
                if spec.refers_to is not None and spec.refers_to in tables:
                    self.found[name, field] = self._reference(name, field, spec, parent)
        self._check_references()

    def parent_of(self, table: str) -> Reference | None:
        """The reference that the rows of a table are per; None where they are not."""
        return next((each for (name, _), each in self.found.items() if name == table and each.parent), None)

    def key_of(self, table: str) -> str | None:
        """The one field that names rows of a table for others."""
        spec = self._tables[table]
        made = [name for name, each in spec.fields.items() if each.key is not None]
        if made:
            return made[0]
        return spec.key[0] if len(spec.key) == 1 else None

    def _parent_of(self, name: str, table: TableSpec) -> str | None:
        """The field that refers to the row that a row of the table belongs to."""
        if isinstance(table.rows, int) or table.rows.per is None:
            return None
        at, per = ("tables", name, "rows"), table.rows.per
        if per not in self._tables:
            self._mistakes.add((*at, "per"), f"there is no table `{per}`: {meant(per, self._tables)}")
            return None
        if name in (above := self._tables_above(name)):
            self._mistakes.add(
                (*at, "per"),
                f"the rows of `{name}` are per {', which are per '.join(f'`{each}`' for each in above)}: give one of "
                "them a number of rows.",
            )
            return None
        found = [field_name for field_name, spec in table.fields.items() if spec.refers_to == per]
        plain = [each for each in found if not _narrowed(table.fields[each])]
        if not plain:
            remedy = f"add a field such as `{singular(per)}_id: {{refers_to: {per}}}`"
            if found:
                remedy = f"remove the modifiers of `{found[0]}`, or {remedy}"
            self._mistakes.add(at, f"the rows of `{name}` are per `{per}`, but no field says which one: {remedy}.")
            return None
        return plain[0]

    def _tables_above(self, name: str) -> list[str]:
        """The tables that rows of a table are per, one per the next, until one is not or comes again."""
        above: list[str] = []
        table = self._tables.get(name)
        while table is not None and not isinstance(table.rows, int) and table.rows.per is not None:
            above.append(table.rows.per)
            table = self._tables.get(above[-1]) if above[-1] not in {name, *above[:-1]} else None
        return above

    def _reference(self, table: str, name: str, spec: FieldSpec, parent: str | None) -> Reference:
        among = spec.among or ""
        same = _SAME.fullmatch(among)
        if among and among != "own" and same is None:
            self._mistakes.add(
                ("tables", table, "fields", name, "among"),
                f"`among` of `{name}` is `{among}`: write `own`, or `same` and fields of both tables, such as "
                "`same account_id`.",
            )
        return Reference(
            table=table,
            field=name,
            target=spec.refers_to or "",
            parent=name == parent,
            same=tuple(re.split(", ?", same["fields"])) if same else (),
            own=among == "own",
            earlier=spec.earlier,
            distinct=spec.distinct,
        )

    def _check_references(self) -> None:
        for name, table in self._tables.items():
            for field_name, spec in table.fields.items():
                if spec.refers_to is not None and spec.refers_to not in self._tables:
                    self._mistakes.add(
                        ("tables", name, "fields", field_name, "refers_to"),
                        f"there is no table `{spec.refers_to}` that `{field_name}` could refer to: "
                        f"{meant(spec.refers_to, self._tables)}",
                    )
        for (name, field_name), reference in self.found.items():
            if (problem := self._unusable(reference)) is not None:
                self._mistakes.add(("tables", name, "fields", field_name), problem)

    def _unusable(self, reference: Reference) -> str | None:  # noqa: PLR0911  # one for each reason
        """Why a reference cannot be drawn."""
        called, target = f"`{reference.field}`", reference.target
        if self.key_of(target) is None:
            return (
                f"{called} refers to `{target}`, whose rows have no key of one field: add one such as "
                f"`{singular(target)}_id: {{key: integer}}`."
            )
        parent_of_target = self.parent_of(target)
        if reference.own and (parent_of_target is None or parent_of_target.target != reference.table):
            return (
                f"{called} is among its own `{target}`, but they are not per `{reference.table}`: write "
                f"`rows: {{per: {reference.table}, ...}}` there, or leave out `among`."
            )
        for same in reference.same:
            mine, theirs = self.found.get((reference.table, same)), self.found.get((target, same))
            if mine is None or theirs is None or mine.target != theirs.target:
                return (
                    f"{called} is among the `{target}` of the same `{same}`, but `{same}` does not refer to one table "
                    "in both: name a field that does."
                )
            if not theirs.parent:
                return (
                    f"{called} is among the `{target}` of the same `{same}`, but they are not per `{theirs.target}`: "
                    f"write `rows: {{per: {theirs.target}, ...}}` there."
                )
        if len(reference.same) > 1:
            return f"{called} is among rows with several fields in common: name one of them."
        if reference.earlier and reference.target != reference.table:
            return f"{called} is `earlier`, but refers to another table: rows of one table only have an order."
        if reference.distinct is not None:
            by = self.found.get((reference.table, reference.distinct))
            if by is None or not by.parent:
                return (
                    f"{called} is distinct for each `{reference.distinct}`, which does not say whose row it is: name "
                    "the field of the table in `per`."
                )
        return None


def _narrowed(spec: FieldSpec) -> bool:
    return bool(spec.among or spec.earlier or spec.distinct or spec.popularity or spec.missing or spec.when)
