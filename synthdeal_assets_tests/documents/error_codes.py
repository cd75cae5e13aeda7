"""The failures that the code can raise on purpose, read from its source: code, sentence, exit code, module.

How a page lays them out does not belong here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import synthdeal_assets

PACKAGE: Final = Path(synthdeal_assets.__file__).parent
USAGE_ALWAYS: Final = "ExpressionError"
"""The failure that always is a value that can never work."""
VALUE: Final = "\N{HORIZONTAL ELLIPSIS}"
"""What stands in a sentence for a value that only the failure knows."""

SENTENCES: Final[Mapping[str, str]] = {
    "product-map.invalid": "A line of the product map names something that is not accepted: correct that line.",
    "sales-log.ambiguous-decimals": "A separator before three digits, as in 1.234, may be a decimal mark or group "
    "thousands, and nothing in the log decides: write `decimal_mark` into the product map.",
    "settings.invalid": "A setting has a value that is not accepted: the sentence names the setting, where the value "
    "comes from and what is accepted.",
    "scoring.mostly-failed": "So many opportunities could not be scored that the run is marked as failed.",
    "scoring.partitions-failed": "Some of the chosen opportunities could not be scored: see scoring.score_failures, "
    "then run the failed partitions again.",
    "run.failed-on-purpose": "An asset that is not part of SynthDeal failed its step.",
    "run.unexpected": "SynthDeal stopped because of an unexpected error: run it again with --verbose to see where.",
    "whitespace.packages-missing": "The whitespace engine needs packages that are not installed: install the extra "
    "`whitespace`.",
}
"""What a failure says whose sentence is put together elsewhere, by code."""


@dataclass(frozen=True)
class CodedFailure:
    """One place of the code that makes a failure for the user."""

    module: str
    """Path below the package, such as "sales/etl/etl.py"."""
    line: int
    code: ast.expr | None
    """None where it was forgotten."""
    sentence: str
    usage: bool

    @property
    def codes(self) -> list[str]:
        """The codes that are written at this place; none where a failure keeps the code that it had."""
        nodes = ast.walk(self.code) if self.code is not None else ()
        return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def coded_failures() -> Iterator[CodedFailure]:
    """Every place of the package that makes such a failure, in the order of modules and lines."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if call.func.id == "with_code":
                given["code"] = call.args[1]
            elif call.func.id not in ("SynthDealError", USAGE_ALWAYS):
                continue
            yield CodedFailure(
                module,
                call.lineno,
                given.get("code"),
                _sentence(call.args[0], module),
                usage="usage" in given or call.func.id == USAGE_ALWAYS,
            )


def _sentence(message: ast.expr, module: str) -> str:
    """The message with an ellipsis in place of each value, and with the constants of its module."""
    if isinstance(message, ast.JoinedStr):
        return "".join(_sentence(part, module) for part in message.values)
    if isinstance(message, ast.FormattedValue):
        return _sentence(message.value, module)
    if isinstance(message, ast.Call) and ast.unparse(message.func) == "redact":
        return _sentence(message.args[0], module)
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.Name) and message.id.isupper():
        value = getattr(import_module(f"synthdeal_assets.{module.removesuffix('.py').replace('/', '.')}"), message.id)
        return str(value) if isinstance(value, str | int | float) else VALUE
    return VALUE
