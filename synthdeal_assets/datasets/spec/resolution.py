"""What the names of a specification refer to: tables, fields behind references, types, and what expressions are over.

Every mistake is found at once. Whether rows exist that keep all promises is found out by the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from synthdeal_assets.datasets.spec.dataset import (
    COUNTED,
    DRAWN,
    Dataset,
    Group,
    ResolvedCorrelation,
    ResolvedField,
    ResolvedRule,
    ResolvedTable,
    ResolvedTotal,
    maker,
)
from synthdeal_assets.datasets.spec.expressions import (
    ExpressionError,
    Kind,
    Path,
    check_rule,
    parse_rule,
    paths,
)
from synthdeal_assets.datasets.spec.expressions.tree import NUMBERS
from synthdeal_assets.datasets.spec.field_resolution import FieldResolver
from synthdeal_assets.datasets.spec.grammar import (
    FieldSpec,
    LifeCycleSpec,
    Specification,
    TableSpec,
    TotalSpec,
)
from synthdeal_assets.datasets.spec.kinds import Kinds, number_text
from synthdeal_assets.datasets.spec.mistakes import LineOf, Mistakes, as_clause, meant, no_lines
from synthdeal_assets.datasets.spec.references import References


def resolve(specification: Specification, where: str = "The specification", line_of: LineOf = no_lines) -> Dataset:
    """The dataset that a specification declares.

    Args:
        specification: As it was read.
        where: What to call it in an error.
        line_of: The lines of its text.

    Raises:
        SynthDealError: A name refers to nothing, an expression does not fit, or fields depend on each other in a
            circle; all of them at once ("datasets.mistakes").
    """
    mistakes = Mistakes(where, line_of)
    references = References(specification.tables, mistakes)
    mistakes.stop()
    resolver = _Resolver(specification, references, mistakes)
    tables = {name: resolver.table(name, table) for name, table in specification.tables.items()}
    mistakes.stop()
    return Dataset(specification, tables)


class _Resolver:
    """The names of tables and fields looked up, one after the other."""

    def __init__(self, specification: Specification, references: References, mistakes: Mistakes) -> None:
        self._specification = specification
        self._tables = specification.tables
        self._references = references
        self._mistakes = mistakes
        self._kinds = Kinds(specification, references, mistakes)
        self._fields = FieldResolver(specification, references, self._kinds, mistakes)

    def table(self, name: str, spec: TableSpec) -> ResolvedTable:
        for index, key in enumerate(spec.key):
            if key not in spec.fields:
                self._mistakes.add(
                    ("tables", name, "key", index), f"`{name}` has no field `{key}`: {meant(key, spec.fields)}"
                )
        fields = {each: self._fields.field(name, each, field_spec) for each, field_spec in spec.fields.items()}
        if spec.lifecycle is not None:
            fields = self._with_states(name, spec, spec.lifecycle, fields)
        rules = []
        for index, text in enumerate(spec.rules):
            at = ("tables", name, "rules", index)
            try:
                rule = check_rule(
                    parse_rule(text),
                    self._kinds.type_of(name),
                    as_of=self._specification.as_of,
                    known=self._kinds.known(name),
                )
            except ExpressionError as error:
                self._mistakes.add(at, f"in rule {index + 1} of `{name}`, {as_clause(error)}")
                continue
            rules.append(ResolvedRule(text, rule, self._mistakes.line_of(at)))
        own_key = self._references.key_of(name)
        if spec.blemishes is not None:
            for blemished, declared in spec.blemishes.fields.items():
                if blemished not in fields:
                    said = f"`{name}` has no field `{blemished}`: {meant(blemished, fields)}"
                    self._mistakes.add(("tables", name, "blemishes", blemished), said)
                elif not declared.breaks and (why := self._whole_for(name, spec, fields[blemished], rules)):
                    said = f"`{blemished}` {why}: leave its blemishes out, or write `break: true` beside them."
                    self._mistakes.add(("tables", name, "blemishes", blemished), said)
        return ResolvedTable(
            name=name,
            spec=spec,
            line=self._mistakes.line_of(("tables", name)),
            fields=fields,
            key=spec.key or ((own_key,) if own_key else ()),
            rules=tuple(rules),
            totals=tuple(self._totals(name, spec)),
            correlations=tuple(self._correlations(name, spec)),
            parent=self._references.parent_of(name),
        )

    @staticmethod
    def _whole_for(table: str, spec: TableSpec, field: ResolvedField, rules: Sequence[ResolvedRule]) -> str | None:
        """What a field is needed clean for; None where nothing needs it so."""
        if field.spec.key is not None or field.name in spec.key:
            return f"tells the rows of `{table}` apart"
        if field.reference is not None:
            return f"refers to `{field.reference.target}`"
        if field.spec.unique:
            return "is unique"
        if any(Path((field.name,)) in {Path(each.parts) for each in paths(rule.rule.held.tree)} for rule in rules):
            return "stands in a rule"
        if any(total.field == field.name for total in spec.totals):
            return "is brought to a total"
        return None

    def _with_states(
        self, table: str, spec: TableSpec, lifecycle: LifeCycleSpec, fields: dict[str, ResolvedField]
    ) -> dict[str, ResolvedField]:
        """The fields with what a life cycle makes of them: the one with the state, and those with times."""
        at = ("tables", table, "lifecycle")
        declared = spec.fields.get(lifecycle.field)
        if declared is not None and {*(declared.one_of or {})} != {*lifecycle.states}:
            self._mistakes.add(
                (*at, "field"),
                f"`{lifecycle.field}` is made by the life cycle: leave it out of the fields, or write it as "
                f"`one_of` of {', '.join(lifecycle.states)}.",
            )
        state = FieldSpec.model_construct(one_of=lifecycle.shares)
        fields[lifecycle.field] = ResolvedField(
            table, lifecycle.field, state, Kind.TEXT, self._mistakes.line_of((*at, "field")), is_state=True
        )
        for reached, name in lifecycle.times.items():
            if name not in fields:
                self._mistakes.add((*at, "times"), f"`{table}` has no field `{name}`: {meant(name, spec.fields)}")
            elif fields[name].span is None:
                self._mistakes.add((*at, "times"), f"`{name}` is no time: make it a `date` or a `datetime`.")
            else:
                fields[name] = replace(fields[name], time_of_state=reached)
        return fields

    def _totals(self, table: str, spec: TableSpec) -> Iterator[ResolvedTotal]:
        for index, total in enumerate(spec.totals):
            at = ("tables", table, "totals", index)
            if total.field not in spec.fields:
                self._mistakes.add(at, f"`{table}` has no field `{total.field}`: {meant(total.field, spec.fields)}")
                continue
            if maker(spec.fields[total.field]) not in (*DRAWN, *COUNTED):
                self._mistakes.add(
                    at, f"`{total.field}` cannot be brought to a total: only numbers drawn from a distribution can."
                )
                continue
            decimals = self._kinds.decimals(table, total.field) or 0
            amounts = (total.start, total.end, total.total, *(total.each or {}).values())
            finer = next((each for each in amounts if each is not None and each % Decimal(1).scaleb(-decimals)), None)
            if finer is not None:
                self._mistakes.add(
                    at,
                    f"`{total.field}` has {decimals} decimals, so that it cannot come to {finer}: give it more "
                    "`decimals`, or the total fewer.",
                )
                continue
            groups: tuple[Group, ...] = ()
            if total.by is not None:
                path = self._path(table, at, total.by.path)
                if path is None:
                    continue
                if total.by.period is not None and path.kind not in (Kind.DATE, Kind.DATETIME):
                    self._mistakes.add(at, f"`{total.by.path}` has no {total.by.period}: it is no date.")
                    continue
                groups = (Group(path, total.by.period),)
                total = self._named_by_numbers(at, total, path.kind)  # noqa: PLW2901  # the same total
            yield ResolvedTotal(total, total.field, groups, self._mistakes.line_of(at))

    def _named_by_numbers(self, at: tuple[object, ...], total: TotalSpec, kind: Kind | None) -> TotalSpec:
        """A total whose groups are called as the numbers of their field are: a person writes 2 and 2.0 alike."""
        for form in ("shares", "each"):
            written: Mapping[str, object] | None = getattr(total, form)
            if kind in NUMBERS and written is not None:
                named = {number_text(name, kind): value for name, value in written.items()}
                if len(named) < len(written):
                    self._mistakes.add((*at, form), f"`{form}` of `{total.field}` has a number twice: name it once.")
                total = total.model_copy(update={form: named})
        return total

    def _correlations(self, table: str, spec: TableSpec) -> Iterator[ResolvedCorrelation]:
        for key, ranks in (("rank_correlation", True), ("correlation", False)):
            for pair, value in getattr(spec, key).items():
                at = ("tables", table, key, f"{pair.field} ~ {pair.other}")
                mine, other = self._path(table, at, pair.field), self._path(table, at, pair.other)
                if mine is None or other is None:
                    continue
                names = [*spec.fields]
                if len(other.parts) == 1 and names.index(other.parts[0]) > names.index(pair.field):
                    mine, other = other, mine
                if (uncorrelated := self._uncorrelated(table, mine) or self._uncorrelated(table, other)) is not None:
                    self._mistakes.add(at, uncorrelated)
                    continue
                flag = spec.fields[mine.parts[0]]
                if flag.flag is not None and (flag.missing or flag.when is not None):
                    self._mistakes.add(
                        at,
                        f"`{mine}` is a flag that is not there in every row, so that its count would not be exact: "
                        f"leave out its `{'missing' if flag.missing else 'when'}`, or the correlation.",
                    )
                    continue
                yield ResolvedCorrelation(mine.parts[0], other, value, ranks, self._mistakes.line_of(at))

    def _uncorrelated(self, table: str, path: Path) -> str | None:
        """Why a field cannot be correlated; None where it can."""
        for name in path.parts[:-1]:
            table = self._references.found[table, name].target
        spec = self._tables[table].fields.get(path.parts[-1])
        if spec is None or maker(spec) not in (*DRAWN, *COUNTED, "flag"):
            return f"`{path}` cannot be correlated: only numbers that are drawn and flags can."
        if spec.unique:
            return f"`{path}` cannot be correlated, for it is unique: leave one of them out."
        return None

    def _path(self, table: str, at: tuple[object, ...], text: str) -> Path | None:
        """A field behind references, which is said when there is none."""
        typed = self._kinds.checked(table, at, text, called="a line")
        return typed.tree if typed is not None and isinstance(typed.tree, Path) else None
