"""Why an expression is refused, in one sentence that names what stands there and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from synthdeal_assets.datasets.spec.expressions.tree import (
    Arithmetic,
    AsOf,
    Call,
    Case,
    Cast,
    DatePart,
    DatetimeValue,
    DateValue,
    DaysBetween,
    FlagValue,
    Function,
    Negate,
    Node,
    Null,
    Number,
    Path,
    Text,
    TimeSpan,
)
from synthdeal_assets.errors import SynthDealError

SHOWN: Final = 60


class ExpressionError(SynthDealError):
    """An expression that cannot be used.

    Args:
        message: One sentence that needs no file and no line: whoever reads the file puts them before it.
        code: As of every `SynthDealError`.
        at: Where in the text, in characters from 0.
    """

    def __init__(self, message: str, *, code: str, at: int) -> None:
        super().__init__(message, code=code, usage=True)
        self.at = at


def shown(text: str) -> str:
    """A text as a sentence shows it: on one line, shortened, in backquotes."""
    line = " ".join(text.split())
    return f"`{line if len(line) <= SHOWN else line[:SHOWN] + '…'}`"


CONSTRUCTS: Final[Mapping[str, Callable[[str, int], ExpressionError]]] = {
    "subquery": lambda name, at: ExpressionError(
        f"{name} begins a query, which no expression may contain: follow a reference instead, such as "
        "account_id.country, or declare a roll-up field.",
        code="datasets.expression-query",
        at=at,
    ),
    "statement": lambda name, at: ExpressionError(
        f"{name} begins a statement: write only an expression, such as amount * 0.19.",
        code="datasets.expression-statement",
        at=at,
    ),
    "several": lambda name, at: ExpressionError(
        f"{name} separates statements: write one expression, and join conditions with AND.",
        code="datasets.expression-several",
        at=at,
    ),
    "comment": lambda name, at: ExpressionError(
        f"{name} is a comment inside an expression: put it outside, after # in the YAML.",
        code="datasets.expression-comment",
        at=at,
    ),
    "parameter": lambda name, at: ExpressionError(
        f"{name} is a parameter, and nothing fills it: write the value or the name of a field.",
        code="datasets.expression-parameter",
        at=at,
    ),
    "assignment": lambda name, at: ExpressionError(
        f"{name} assigns a value: compare with =, or give the field a formula.",
        code="datasets.expression-assignment",
        at=at,
    ),
    "lambda": lambda name, at: ExpressionError(
        f"{name} is part of a lambda or of a path into JSON: write the calculation with the names of fields.",
        code="datasets.expression-lambda",
        at=at,
    ),
    "list": lambda name, at: ExpressionError(
        f"{name} begins a list or a structure: only IN takes a list, such as stage IN ('Won', 'Lost').",
        code="datasets.expression-list",
        at=at,
    ),
    "python": lambda name, at: ExpressionError(
        f"{name} is Python: expressions are SQL, such as round(net * 0.19, 2).",
        code="datasets.expression-python",
        at=at,
    ),
    "window": lambda name, at: ExpressionError(
        f"{name} is a window over other rows: an expression sees its own row; declare a roll-up field in the parent "
        "table and read it through the reference.",
        code="datasets.expression-window",
        at=at,
    ),
    "aggregate": lambda name, at: ExpressionError(
        f"{name} counts over several rows: an expression sees its own row; declare a roll-up field, such as "
        "{sum: deals.amount}.",
        code="datasets.expression-aggregate",
        at=at,
    ),
    "star": lambda name, at: ExpressionError(
        f"{name} stands for all fields: name the fields that you mean.", code="datasets.expression-star", at=at
    ),
    "cast": lambda name, at: ExpressionError(
        f"{name} is a conversion that does not exist here: cast(… AS text) takes whole numbers and dates, "
        "cast(… AS date) dates with a time.",
        code="datasets.expression-cast",
        at=at,
    ),
    "clock": lambda name, at: ExpressionError(
        f"{name} reads the clock, so that no run would give the same rows: write as_of.",
        code="datasets.expression-clock",
        at=at,
    ),
    "chance": lambda name, at: ExpressionError(
        f"{name} is random: give the field a generator, such as {{uniform: 1 .. 6}}.",
        code="datasets.expression-chance",
        at=at,
    ),
}
"""By what is written, which is named by its text."""


def called(node: Node) -> str:
    """What a sentence calls an operand."""
    match node:
        case Path() | Call(function=Function.JOIN):
            return shown(str(node)) if isinstance(node, Path) else "the joined text"
        case AsOf():
            return "`as_of`"
        case Number():
            return f"{node.value:f}"
        case Text():
            return shown(f"'{node.value}'")
        case DateValue() | DatetimeValue():
            return f"{node.value}"
        case Null() | FlagValue():
            return "NULL" if isinstance(node, Null) else str(node.value).upper()
        case Negate():
            return f"minus {called(node.operand)}"
        case Call():
            return f"{node.function.value}(…)"
        case Arithmetic():
            return f"{called(node.left)} {node.operator} {called(node.right)}"
        case TimeSpan():
            return f"a span of {node.unit.value}s"
        case Cast() | DatePart():
            return f"what is made of {called(node.operand)}"
        case Case():
            return "the CASE"
        case _:
            return f"the {'distance in days' if isinstance(node, DaysBetween) else 'condition'}"
