"""Which fields are worked out from which, which rules bound a draw, and which fields are drawn again for the others.

A rule that bounds a drawn field by other fields is kept by drawing inside the bounds. Where a rule is still broken, the
free fields of the row are drawn again: those that it depends on, but no keys and exact shares, and of its references
the last one, where nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.datasets.spec.dataset import (
    COUNTED,
    DATED,
    DRAWN,
    Dataset,
    ResolvedField,
    ResolvedTable,
    RolledUp,
)
from synthdeal_assets.datasets.spec.expressions import Bound, Kind, Path, Typed, TypedRule, bounds_of, conjuncts, paths
from synthdeal_assets.datasets.spec.expressions.tree import DateStep, Negate, Node, Number, Unit
from synthdeal_assets.datasets.spec.mistakes import LineOf, no_lines
from synthdeal_assets.datasets.spec.spec_file import mistakes_error

FREE: Final = frozenset({*DRAWN, *COUNTED, *DATED})
"""Generators whose values may be drawn again for a rule."""

Name = tuple[str, str]
"""A field by its table and its name."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What follows from how the fields of a dataset depend on each other.

    Attributes:
        bounds: For each field the bounds that rules set to its draw.
        free: For each table whose rows may be drawn again, the fields that are.
        steady: For each of these tables the fields that stay as they are then.
        fixed: For each table that has such, the rules, from 0, that no field which may be drawn again is behind.
    """

    bounds: Mapping[Name, tuple[Bound, ...]]
    free: Mapping[str, frozenset[str]]
    steady: Mapping[str, frozenset[str]]
    fixed: Mapping[str, tuple[int, ...]]


def dependencies_of(dataset: Dataset, where: str = "The specification", line_of: LineOf = no_lines) -> Dependencies:
    """How the fields of a dataset depend on each other.

    Raises:
        SynthDealError: They do so in a circle ("datasets.circle").
    """
    needs = _all_needs(dataset)
    _refuse_circles(needs, where, line_of)
    bounds: dict[Name, tuple[Bound, ...]] = {}
    for table in dataset.tables.values():
        for rule in table.rules:
            for conjunct in conjuncts(rule.rule):
                _assign(dataset, table.name, conjunct, needs, bounds)
    free: dict[str, frozenset[str]] = {}
    steady: dict[str, frozenset[str]] = {}
    fixed: dict[str, tuple[int, ...]] = {}
    # What decides which rows count is no reason to draw a field again: the exact value of the row would stay.
    redrawn_by = {each: one - _counted_by(dataset, dataset.tables[each[0]], each[1]) for each, one in needs.items()}
    for name, table in dataset.tables.items():

        def again_for(reads: set[Name], name: str = name, table: ResolvedTable = table) -> set[str]:
            reached = {field for at, field in _closure(redrawn_by, reads) if at == name}
            drawn = {field for field in reached if _is_free(dataset, name, field)}
            # A reference is drawn again where nothing else is, unless another table has to know it for the rule.
            elsewhere = _closure(needs, {each for each in _closure(needs, reads) if each[0] != name})
            references = [each for each in table.fields if each in reached and (name, each) not in elsewhere]
            return drawn or {*[each for each in references if _is_free_reference(table.fields[each])][-1:]}

        read_by = [[{*_read(dataset, name, each.held)} for each in conjuncts(rule.rule)] for rule in table.rules]
        if hard := [number for number, reads in enumerate(read_by) if not any(map(again_for, reads))]:
            fixed[name] = tuple(hard)
        read = [each for reads in read_by for each in reads]
        read.append({(name, field.name) for field in table.fields.values() if _may_fail(field)})
        reads = {each for one in read for each in one}
        again = {field for one in read for field in again_for(one)}
        if not again:
            continue
        changing = {field for field in table.fields if again & {each for _, each in _within(needs, name, field)}}
        behind = _closure(needs, reads)
        _refuse_rules_in_circles(dataset, table, needs, behind, again=again, changing=changing, where=where)
        free[name] = frozenset(again)
        steady[name] = frozenset(table.fields) - changing
    return Dependencies(bounds, free, steady, fixed)


def depending_on(dataset: Dataset, name: Name) -> list[Name]:
    """The fields that are worked out from one, as they are declared, itself left out."""
    needs = _all_needs(dataset)
    return [each for each in needs if each != name and name in _closure(needs, {each})]


def _all_needs(dataset: Dataset) -> dict[Name, frozenset[Name]]:
    return {
        (table.name, field.name): frozenset(_needs(dataset, field))
        for table in dataset.tables.values()
        for field in table.fields.values()
    }


def _refuse_rules_in_circles(
    dataset: Dataset,
    table: ResolvedTable,
    needs: Mapping[Name, frozenset[Name]],
    behind: set[Name],
    *,
    again: set[str],
    changing: set[str],
    where: str,
) -> None:
    """Rules that need to know what is only known when the rows that they are about are settled."""

    def refuse(at: Name, depends: str, back: str) -> None:
        rules = table.rules
        reading = [each for each in rules if at in _closure(needs, {*_read(dataset, table.name, each.rule.held)})]
        rule = next(iter(reading or rules), None)
        _circle(
            f"the rules of `{table.name}` (`{rule.text if rule else table.name}`) depend on `{at[0]}.{at[1]}`, "
            f"{depends} `{table.name}.{back}`, which is drawn again for them: leave one of them out.",
            where,
            rule.line if rule else table.line,
        )

    for at, field in sorted(behind):
        if at != table.name:
            if circle := _closure(needs, {(at, field)}) & {(table.name, each) for each in changing}:
                refuse((at, field), "which depends on", min(circle)[1])
            continue
        read = {each for one in _counted_by(dataset, table, field) for each in _within(needs, *one) if one[0] == at}
        if circle := read & {(at, each) for each in again}:
            refuse((at, field), "whose exact counts or totals depend on", min(circle)[1])
    read_by = [rule.rule.held for rule in table.rules]
    read_by += [each for at, name in sorted(behind) if at == table.name for each in table.fields[name].expressions]
    for path in (path for typed in read_by for path in paths(typed.tree)):
        through, last = dataset.followed(table.name, path)
        steps = [(each.table, each.field) for each in through] + [(last.table, last.name)]
        for at, name in steps[1:]:
            if at == table.name and name in changing:
                refuse((at, through[0].field), "through which they read another row's", name)


def _counted_by(dataset: Dataset, table: ResolvedTable, name: str) -> set[Name]:
    """What decides which rows count for the exact shares or totals of a field, so that all rows are looked at first."""
    field, spec = table.fields[name], table.fields[name].spec
    if any(total.field == name for total in table.totals):
        return {*_needs(dataset, field)}
    among = field.when is not None or spec.missing
    if field.maker in ("one_of", "flag") and (among or any(each.field == name for each in table.correlations)):
        return {*_needs(dataset, field)}
    counted: set[Name] = set()
    if spec.missing:
        counted |= {*_read(dataset, table.name, field.when)} if field.when is not None else set()
        counted |= {(table.name, each) for each in (field.reference.same if field.reference is not None else ())}
    return counted


def _is_free(dataset: Dataset, table: str, field: str) -> bool:
    resolved = dataset.tables[table].fields[field]
    totalled = any(total.field == field for total in dataset.tables[table].totals)
    return resolved.spec.made_by in FREE and not totalled and not resolved.spec.unique


def _is_free_reference(field: ResolvedField) -> bool:
    """Whether it may be drawn again: not by whose row it is, nor without the partners of other rows."""
    return field.reference is not None and not field.reference.parent and field.reference.distinct is None


def _may_fail(field: ResolvedField) -> bool:
    """Whether there may be no day between the ends of a field: not where the later one is so many days on."""
    if field.span is None:
        return False
    if field.time_of_state is not None or field.spec.hours is not None or field.spec.days is not None:
        return True
    if not any(paths(end.tree) for end in field.span):
        return False
    (low, early), (high, late) = (_days_from(end.tree) for end in field.span)
    # The first midnight after a time of day may be a day later.
    until_midnight = field.kind is Kind.DATE and field.span[0].kind is Kind.DATETIME
    return low != high or early + until_midnight > late


def _days_from(node: Node) -> tuple[Node, float]:
    """What a date is counted from, and by how many days."""
    match node:
        case DateStep(operand=operand, count=Number(value=count), unit=Unit.DAY | Unit.WEEK as unit):
            base, days = _days_from(operand)
            return base, days + float(count) * (7 if unit is Unit.WEEK else 1)
        case DateStep(operand=operand, count=Negate(operand=Number(value=count)), unit=Unit.DAY | Unit.WEEK as unit):
            base, days = _days_from(operand)
            return base, days - float(count) * (7 if unit is Unit.WEEK else 1)
        case _:
            return node, 0.0


def _needs(dataset: Dataset, field: ResolvedField) -> Iterator[Name]:
    """The fields that one field is worked out from."""
    table = field.table
    for typed in field.expressions:
        yield from _read(dataset, table, typed)
    if field.reference is not None:
        for each in (*field.reference.same, field.reference.distinct):
            if each is not None:
                yield table, each
    if field.roll_up is not None:
        yield from _put_together(dataset, field.roll_up)
    yield from _earlier_times(dataset, field)
    for total in dataset.tables[table].totals:
        if total.field == field.name:
            for group in total.groups:
                yield from _behind(dataset, table, group.path)
    for correlation in dataset.tables[table].correlations:
        if correlation.field == field.name:
            yield from _behind(dataset, table, correlation.other)


def _put_together(dataset: Dataset, roll_up: RolledUp) -> Iterator[Name]:
    yield roll_up.of, roll_up.by.field
    if roll_up.field is not None:
        yield roll_up.of, roll_up.field
    if roll_up.where is not None:
        yield from _read(dataset, roll_up.of, roll_up.where)


def _earlier_times(dataset: Dataset, field: ResolvedField) -> Iterator[Name]:
    lifecycle = dataset.tables[field.table].spec.lifecycle
    if lifecycle is not None and field.time_of_state is not None:
        for state, name in lifecycle.times.items():
            if field.time_of_state in lifecycle.after(state):
                yield field.table, name


def _read(dataset: Dataset, table: str, typed: Typed) -> Iterator[Name]:
    for path in paths(typed.tree):
        yield from _behind(dataset, table, path)


def _behind(dataset: Dataset, table: str, path: Path) -> Iterator[Name]:
    through, last = dataset.followed(table, path)
    for reference in through:
        yield reference.table, reference.field
    yield last.table, last.name


def _assign(
    dataset: Dataset,
    table: str,
    rule: TypedRule,
    needs: dict[Name, frozenset[Name]],
    bounds: dict[Name, tuple[Bound, ...]],
) -> None:
    """Let a rule bound the draw of one of its fields: the last one declared that no other one depends on."""
    for name in reversed([*dataset.tables[table].fields]):
        field = dataset.tables[table].fields[name]
        found = bounds_of(rule, Path((name,), kind=field.kind)) if _is_free(dataset, table, name) else None
        if not found:
            continue
        reads = {
            each
            for bound in found
            for typed in (bound.bound, bound.condition)
            if typed is not None
            for each in _read(dataset, table, typed)
        }
        if (table, name) in _closure(needs, reads):
            continue
        needs[table, name] |= reads
        bounds[table, name] = (*bounds.get((table, name), ()), *found)
        return


def _closure(needs: Mapping[Name, frozenset[Name]], start: set[Name]) -> set[Name]:
    reached, open_ = set(start), list(start)
    while open_:
        for each in needs[open_.pop()]:
            if each not in reached:
                reached.add(each)
                open_.append(each)
    return reached


def _within(needs: Mapping[Name, frozenset[Name]], table: str, field: str) -> set[Name]:
    """The fields of the same row that a field is worked out from, itself included."""
    reached, open_ = {(table, field)}, [(table, field)]
    while open_:
        for each in needs[open_.pop()]:
            if each[0] == table and each not in reached:
                reached.add(each)
                open_.append(each)
    return reached


def _refuse_circles(needs: Mapping[Name, frozenset[Name]], where: str, line_of: LineOf) -> None:
    done: set[Name] = set()
    for start in needs:
        trail: list[tuple[Name, Iterator[Name]]] = [(start, iter(sorted(needs[start])))]
        on_trail = {start}
        while trail and start not in done:
            at, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                done.add(at)
                on_trail.discard(at)
                trail.pop()
            elif following in on_trail:
                names = [each for each, _ in trail]
                circle = [*names[names.index(following) :], following]
                shown = " needs ".join(f"`{table}.{field}`" for table, field in circle)
                table, field = following
                _circle(
                    f"fields depend on each other in a circle: {shown}: give one of them a value of its own.",
                    where,
                    line_of(("tables", table, "fields", field)),
                )
            elif following not in done:
                on_trail.add(following)
                trail.append((following, iter(sorted(needs[following]))))


def _circle(sentence: str, where: str, line: int | None) -> None:
    place = where if line is None else f"{where}, line {line}"
    raise mistakes_error([f"{place}: {sentence}"], where, code="datasets.circle")
