"""An expression as tokens: what sqlglot is never shown, and what people write that SQL has no form for.

How tokens become nodes belongs in `parsing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import SqlglotError

from synthdeal_assets.datasets.spec.expressions.refusals import CONSTRUCTS, ExpressionError, shown
from synthdeal_assets.datasets.spec.expressions.tree import Unit

DIALECT: Final = Dialect.get_or_raise("duckdb")
MAX_CHARACTERS: Final = 10_000
MAX_NESTED: Final = 16
"""Brackets, CASEs, and signs or NOTs in a row, inside each other. sqlglot takes 30 Python frames for each."""

UNITS: Final = {word: unit for unit in Unit for word in (unit.value, f"{unit.value}s")}
_WHOLE_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?![\w:])")
_NEVER: Final = {
    TokenType.SELECT: "subquery",
    TokenType.SEMICOLON: "several",
    TokenType.PARAMETER: "parameter",
    TokenType.PLACEHOLDER: "parameter",
    TokenType.COLON: "parameter",
    TokenType.COLON_EQ: "assignment",
    TokenType.FARROW: "assignment",
    TokenType.ARROW: "lambda",
    TokenType.DARROW: "lambda",
    TokenType.L_BRACKET: "list",
    TokenType.L_BRACE: "list",
    TokenType.BLOCK_START: "python",
}
_STATEMENTS: Final = frozenset(
    {
        "alter",
        "attach",
        "call",
        "copy",
        "create",
        "delete",
        "describe",
        "detach",
        "drop",
        "execute",
        "explain",
        "export",
    }
    | {"grant", "insert", "install", "load", "merge", "pragma", "reset", "set", "show", "truncate", "update", "use"}
    | {"vacuum", "values", "with"}
)
_OPERANDS: Final = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.TABLE, TokenType.INTO, TokenType.FROM}
)
_PYTHON: Final = frozenset({"import", "lambda", "from", "def", "return", "yield", "del"})


def tokens_of(text: str) -> list[Token]:
    """The tokens, with dates such as 2025-01-01 and spans such as 30 days written as SQL writes them.

    Raises:
        ExpressionError: It is empty, too long, nested too deep, or holds what no expression may hold.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"The expression that begins with {shown(text)} has {len(text):,} characters, and at most "
            f"{MAX_CHARACTERS:,} are read: split it into several fields.",
            code="datasets.expression-too-long",
            at=0,
        )
    try:
        tokens = DIALECT.tokenize(text)
    except SqlglotError as error:
        raise ExpressionError(
            f"The expression {shown(text)} has a quote that is never closed: close it, and double a quote inside a "
            "text, as in 'it''s'.",
            code="datasets.expression-open-quote",
            at=0,
        ) from error
    _refuse_comments(text, tokens)
    if not tokens:
        raise ExpressionError(
            "The expression is empty: write one, such as amount * 0.19.", code="datasets.expression-empty", at=0
        )
    tokens = list(_with_whole_dates(text, tokens))
    _refuse_constructs(tokens)
    _refuse_depth(tokens)
    return list(_with_intervals(tokens))


def split_at_if(tokens: list[Token]) -> list[list[Token]]:
    """The parts before and after each IF that stands outside brackets and is no function."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += _opens(token)
        if depth == 0 and token.token_type is TokenType.VAR and token.text.lower() == "if" and parts[-1]:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _refuse_comments(text: str, tokens: list[Token]) -> None:
    """Whatever is neither blank nor part of a token is a comment."""
    ends = [-1, *(token.end for token in tokens)]
    starts = [*(token.start for token in tokens), len(text)]
    for end, start in zip(ends, starts, strict=True):
        if between := text[end + 1 : start].strip():
            raise CONSTRUCTS["comment"](shown(between), text.index(between, end + 1))


def _with_whole_dates(text: str, tokens: list[Token]) -> Iterator[Token]:
    end = -1
    for token in tokens:
        if token.start <= end:
            continue
        found = _WHOLE_DATE.match(text, token.start) if token.token_type is TokenType.NUMBER else None
        if found is None:
            yield token
            continue
        end = found.end() - 1
        has_time = len(found[0]) > len("2025-01-01")
        kind = TokenType.TIMESTAMPNTZ if has_time else TokenType.DATE
        for put, written in ((kind, kind.name), (TokenType.STRING, found[0])):
            yield Token(put, written, token.line, token.col, token.start, end)


def _with_intervals(tokens: list[Token]) -> Iterator[Token]:
    for before, token, after, follows in zip(
        [None, *tokens[:-1]], tokens, [*tokens[1:], None], [*tokens[2:], None, None], strict=False
    ):
        if (
            token.token_type is TokenType.NUMBER
            and after is not None
            and after.text.lower() in UNITS
            and after.token_type is not TokenType.STRING
            and not (follows is not None and follows.token_type in (TokenType.L_PAREN, TokenType.DOT))
            and not (before is not None and before.token_type is TokenType.INTERVAL)
        ):
            yield Token(TokenType.INTERVAL, "INTERVAL", token.line, token.col, token.start, token.start)
        yield token


def _refuse_constructs(tokens: list[Token]) -> None:
    first = tokens[0]
    for token, after in pairwise([*tokens, None]):
        assert token is not None  # noqa: S101  # only the last of the pairs is None
        word = token.text.lower()
        if (construct := _NEVER.get(token.token_type)) is None and after is not None:
            called = after.token_type is TokenType.L_PAREN
            if token is first and word in _STATEMENTS and (after.token_type in _OPERANDS or word in ("with", "values")):
                construct = "statement"
            elif token.token_type is TokenType.VAR and word in _PYTHON and after.token_type is TokenType.VAR:
                construct = "python"
            elif token.token_type is TokenType.OVER and called:
                construct = "window"
        if construct is not None:
            lambdas = construct == "parameter" and first.text.lower() == "lambda"
            raise CONSTRUCTS["python" if lambdas else construct](shown(token.text), token.start)


def _opens(token: Token) -> int:
    if token.token_type in (TokenType.L_PAREN, TokenType.CASE):
        return 1
    return -1 if token.token_type in (TokenType.R_PAREN, TokenType.END) else 0


def _refuse_depth(tokens: list[Token]) -> None:
    depth = signs = 0
    for token in tokens:
        depth = max(depth + _opens(token), 0)
        signs = signs + 1 if token.token_type in (TokenType.NOT, TokenType.DASH, TokenType.PLUS) else 0
        if depth + signs > MAX_NESTED:
            raise ExpressionError(
                f"{shown(token.text)} at character {token.start + 1} is nested deeper than {MAX_NESTED} brackets: "
                "split the expression into several fields.",
                code="datasets.expression-nested",
                at=token.start,
            )
