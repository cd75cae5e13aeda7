"""What the names of one field refer to: its type and options, its ends, what it puts together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from synthdeal_assets.datasets.spec.dataset import ResolvedField, RolledUp
from synthdeal_assets.datasets.spec.expressions import (
    ExpressionError,
    Kind,
    Node,
    Path,
    Typed,
    check_condition,
    parse_expression,
)
from synthdeal_assets.datasets.spec.expressions.tree import NUMBERS, Call, Function
from synthdeal_assets.datasets.spec.grammar import FieldSpec, RegularRows, RollUp, Specification
from synthdeal_assets.datasets.spec.kinds import Kinds
from synthdeal_assets.datasets.spec.mistakes import Mistakes, as_clause, meant
from synthdeal_assets.datasets.spec.references import References
from synthdeal_assets.datasets.spec.spec_file import nearest
from synthdeal_assets.datasets.types.catalogue import catalogue
from synthdeal_assets.datasets.types.field_names import type_of_name
from synthdeal_assets.datasets.types.languages import meaning
from synthdeal_assets.datasets.types.semantic_type import SemanticType
from synthdeal_assets.foundation.warehouse.statements import sql_literal


class FieldResolver:
    """The names of fields looked up, one after the other."""

    def __init__(self, specification: Specification, references: References, kinds: Kinds, mistakes: Mistakes) -> None:
        self._specification = specification
        self._tables = specification.tables
        self._references = references
        self._kinds = kinds
        self._mistakes = mistakes

    def field(self, table: str, name: str, spec: FieldSpec) -> ResolvedField:
        """A field with everything that its names refer to; mistakes are kept."""
        at = ("tables", table, "fields", name)
        known = None
        if spec.type is not None:
            known = catalogue().get(spec.type)
            if known is None:
                self._mistakes.add((*at, "type"), f"there is no type `{spec.type}`: {meant(spec.type, catalogue())}")
        spec = self._where_it_belongs(table, known, spec)
        options = {}
        for option, text in spec.options.items():
            if known is not None and option not in known.options:
                modifiers = [*known.options, *FieldSpec.model_fields.keys() - {"options", "roll_up"}]
                near = nearest(option, sorted(modifiers))
                takes = ", ".join(f"`{each}`" for each in known.options)
                remedy = f"did you mean `{near}`?" if near else f"it takes {takes or 'none'}."
                self._mistakes.add((*at, option), f"`{option}` is no option of the type `{spec.type}`: {remedy}")
                continue
            typed = self._kinds.checked(table, (*at, option), text, called=f"`{option}`")
            if typed is not None:
                options[option] = typed
        for modifier in ("min", "max"):
            if known is not None and getattr(spec, modifier) is not None and modifier not in known.options:
                said = f"`{modifier}` does not go with the type `{spec.type}`: leave it out."
                self._mistakes.add((*at, modifier), said)
        named = {} if known is None else self._named(table, name, known)
        if known is not None and (spec.min is not None or spec.max is not None):
            for followed, other in named.items():
                self._mistakes.add(
                    at,
                    f"`{name}` and `{other}` say two things of one {known.name.partition('.')[2]}: write `{other}: "
                    f"{followed}`, which goes by `{name}`, or leave the bounds of `{name}` out.",
                )
        when = None
        if spec.when is not None:
            when = self._kinds.checked(table, (*at, "when"), spec.when, condition=True, called="`when`")
        kind = self._kinds.of(table, name) or Kind.NUMBER
        if spec.decimals is not None and kind not in NUMBERS:
            self._mistakes.add((*at, "decimals"), f"`{name}` is {kind.value}, which has no decimals: leave them out.")
        return ResolvedField(
            table=table,
            name=name,
            spec=spec,
            kind=kind,
            line=self._mistakes.line_of(at),
            decimals=self._kinds.decimals(table, name),
            type=known,
            reference=self._references.found.get((table, name)),
            formula=None if spec.formula is None else self._kinds.formula(table, name, spec),
            span=self._span(table, at, spec),
            when=when,
            roll_up=None if spec.roll_up is None else self._rolled_up(table, at, spec, spec.roll_up),
            options=options,
            named=named,
            levels=self._levels(table, at, spec),
        )

    def _where_it_belongs(self, table: str, known: SemanticType | None, spec: FieldSpec) -> FieldSpec:
        """With `when` where the type belongs to some values of another field alone, and the field says nothing else."""
        if known is None or known.only_where is None or spec.when is not None or spec.missing:
            return spec
        followed, english = known.only_where
        beside = next(
            ((name, each) for name, each in self._tables[table].fields.items() if each.type == followed), None
        )
        if beside is None:
            return spec
        name, of = beside
        listed = None if of.one_of is None else map(str, of.one_of)
        values = meaning(followed, english, self._specification.locale, listed)
        condition = f"{name} in ({', '.join(map(sql_literal, values))})"
        return spec.model_copy(update={"when": condition}) if values and name.isidentifier() else spec

    def _named(self, table: str, name: str, known: SemanticType) -> dict[str, str]:
        """For each type that a type follows by names, where no field has it, the field that is called so."""
        fields = self._tables[table].fields
        there = {each.type for each in fields.values()}
        own = [other for other, each in fields.items() if other != name and each.type is None and not each.refers_to]
        return {
            followed: other
            for followed in known.follows_named
            if followed not in there
            # The first of several is the one that stays.
            for other in reversed(own)
            if self._is_called(table, other, followed)
        }

    def _is_called(self, table: str, name: str, followed: str) -> bool:
        """Whether a field is taken for one of a type by its name and its kind."""
        guess = type_of_name(name, table, [*self._tables[table].fields])
        named = guess is not None and guess.type == followed
        return named and self._kinds.of(table, name) is catalogue()[followed].kind

    def _levels(self, table: str, at: tuple[object, ...], spec: FieldSpec) -> dict[str, Typed]:
        if spec.time_of is not None or spec.series is not None:
            self._require_times(table, at, spec)
        if spec.series is None:
            return {}
        level = self._kinds.checked(table, (*at, "series", "level"), f"{spec.series.level}", called="`level`")
        return {} if level is None else {"level": level}

    def _require_times(self, table: str, at: tuple[object, ...], spec: FieldSpec) -> None:
        if not isinstance(self._tables[table].rows, RegularRows):
            self._mistakes.add(
                at,
                f"`{at[3]}` is a `{spec.made_by}`, but the rows of `{table}` stand at no points in time: write `rows` "
                "with `every`, `from` and `to`.",
            )

    def _span(self, table: str, at: tuple[object, ...], spec: FieldSpec) -> tuple[Typed, Typed] | None:
        kind = "date" if spec.date is not None else "datetime"
        ends = spec.date or spec.datetime
        if ends is None:
            return None
        change = self._without_skipped_times(table, str(at[3]))
        checked = [self._kinds.checked(table, (*at, kind), text, called=f"`{kind}`", change=change) for text in ends]
        for text, typed in zip(ends, checked, strict=True):
            if typed is not None and typed.kind not in (Kind.DATE, Kind.DATETIME):
                self._mistakes.add(
                    (*at, kind), f"`{text}` in `{kind}` of `{at[3]}` is {typed.kind.value}, but a date is wanted."
                )
        low, high = checked
        return None if low is None or high is None else (low, high)

    def _without_skipped_times(self, table: str, name: str) -> Callable[[Node], Node | None]:
        """What stands for times in the ends of a time of a life cycle where a row skipped their states.

        It is the time of the last state that the row passed before; where none of those has a time, what the time
        that was skipped would have begun at.
        """
        fields, cycle = self._tables[table].fields, self._tables[table].lifecycle
        reached = next((state for state, field in cycle.times.items() if field == name), None) if cycle else None
        if cycle is None or reached is None:
            return lambda _node: None
        states = {field: state for state, field in cycle.times.items() if field in fields}
        leading = [state for state in states.values() if reached in cycle.after(state)]
        # A state that leads to another one has more states after it.
        last_first = [cycle.times[state] for state in sorted(leading, key=lambda state: len(cycle.after(state)))]

        def change(node: Node, within: tuple[str, ...] = ()) -> Node | None:
            state = states.get(str(node)) if isinstance(node, Path) else None
            if state is None or state in (reached, *within, *cycle.after(reached)) or not cycle.skips(reached, {state}):
                return None
            instead: list[Node] = [Path((field,)) for field in last_first if field != str(node)]
            ends = fields[str(node)].date or fields[str(node)].datetime
            if ends is not None and cycle.skips(reached, {state, *leading}):
                with suppress(ExpressionError):
                    instead.append(parse_expression(ends[0]).replaced(lambda each: change(each, (*within, state))))
            return Call(Function.COALESCE, (node, *instead))

        return change

    def _rolled_up(self, table: str, at: tuple[object, ...], spec: FieldSpec, roll_up: RollUp) -> RolledUp | None:
        of, _, name = roll_up.of.partition(".")
        if of not in self._tables:
            self._mistakes.add((*at, roll_up.how), f"there is no table `{of}`: {meant(of, self._tables)}")
            return None
        if roll_up.how != "count" and name not in self._tables[of].fields:
            said = f"`{of}` has no field `{name}`: {meant(name, self._tables[of].fields)}"
            self._mistakes.add(
                (*at, roll_up.how), said if name else f"`{roll_up.how}` wants a field, such as `{of}.amount`."
            )
            return None
        pointing = [each for (child, _), each in self._references.found.items() if child == of and each.target == table]
        by = next((each for each in pointing if each.parent), pointing[0] if len(pointing) == 1 else None)
        if by is None:
            remedy = "no field of it refers to" if not pointing else "several of its fields refer to"
            self._mistakes.add((*at, roll_up.how), f"`{of}` cannot be put together here: {remedy} `{table}`.")
            return None
        where = None
        if spec.where is not None:
            where = self._checked_where(of, at, spec.where)
        return RolledUp(roll_up.how, of, name or None, by, where)

    def _checked_where(self, of: str, at: tuple[object, ...], text: str) -> Typed | None:
        try:
            return check_condition(
                parse_expression(text),
                self._kinds.type_of(of),
                as_of=self._specification.as_of,
                known=self._kinds.known(of),
            )
        except ExpressionError as error:
            self._mistakes.add((*at, "where"), f"in `where` of `{at[3]}`, {as_clause(error)}")
            return None
