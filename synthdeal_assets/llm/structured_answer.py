"""A model's text as one JSON object of a given form, or a complaint that the model can act on.

The form is a Pydantic class of the room that asks; the JSON schema that a model is given is made from it, so that both
cannot differ. What the fields mean belongs in the rooms.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from synthdeal_assets.llm.chat import AnswerSchema
from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets.llm.storable import storable_json
from synthdeal_assets.llm.untrusted import in_one_line

MAX_PROBLEMS: Final = 5
"""Problems that are told to the model at once; with more, the rest follows from the first ones."""


class StrictAnswer(BaseModel):
    """Base of every form: no key is missing, unknown or of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


Form = TypeVar("Form", bound=StrictAnswer)


def answer_schema(name: str, form: type[StrictAnswer]) -> AnswerSchema:
    """The schema that a model is given, in the strict subset that every endpoint takes.

    It says all that `read_structured` requires, so that what is valid by it is accepted. As endpoints ignore the bounds
    of numbers in silence, and keep to enumerations, a number with two bounds becomes one: of each whole number, or of
    equal steps. An answer in between is accepted all the same.

    Args:
        name: Short name, letters, digits and underscores.
        form: Class of the answer; the order of its fields is the order in which a model writes.

    Raises:
        ValueError: The form requires what the subset cannot say, such as a length.
    """
    return AnswerSchema(name, _schema_of(form))


def shape_of(schema: AnswerSchema) -> str:
    """What of a schema makes an answer another one, as JSON, for the version of a prompt.

    The steps that stand for the bounds of a number are left out: the same values were asked for before they were said,
    and answers that were paid for then are answers still.
    """
    return json.dumps(_without_steps(schema.json_schema))


def _without_steps(node: Any) -> Any:
    if not isinstance(node, Mapping):
        return [_without_steps(each) for each in node] if isinstance(node, list) else node
    number = node.get("type") == "number"
    return {name: _without_steps(each) for name, each in node.items() if not (number and name == "enum")}


def whole(value: object) -> object:
    """A number such as 2.0 as 2: to a JSON schema it is an integer. For a `BeforeValidator`."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_structured(text: str, form: type[Form]) -> Form:
    """The JSON object of this form in a model's text; where there are several, the last.

    The words around it may differ (a code fence, thoughts, channels, a call of a tool, line ends within strings), its
    content may not: a key that is missing, unknown or there twice, another type or a number out of range is refused.
    What stands in thoughts is a draft, unless nothing stands after them.

    Raises:
        AnswerError: MALFORMED when there is no JSON object, SCHEMA_VIOLATION when there is none of the form. The
            message says where and what, for the model to correct.
    """
    start, end_of_thoughts = _where_to_look(text)
    answer: Form | None = None
    complaint: AnswerError | None = None
    for found in _objects(text, start):
        try:
            valid = _valid(found, form)
        except AnswerError as error:
            if complaint is None or (found.whole and not found.nested):
                complaint = error
        else:
            answer = valid if found.end > end_of_thoughts else answer
    if answer is None:
        raise complaint or _malformed("there is no JSON object in it")
    return answer


_KEPT: Final = ("type", "enum", "anyOf", "items", "properties", "required", "description")
"""Keywords of JSON schema that every endpoint takes in its strict subset."""

_PUT_OTHERWISE: Final = frozenset({"$defs", "$ref", "additionalProperties", "title", "minimum", "maximum"})
"""Keywords that say nothing, or are said by those that are kept."""

_STEPS: Final = 20
_MOST_VALUES: Final = 101


@lru_cache(maxsize=64)
def _schema_of(form: type[StrictAnswer]) -> dict[str, Any]:
    schema = form.model_json_schema()
    return _strict_form(schema, schema.get("$defs", {}))


def _strict_form(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema of Pydantic's in the strict subset: references put in place, nothing but the keywords of all."""
    if "$ref" in node:
        return _strict_form(definitions[str(node["$ref"]).rpartition("/")[2]], definitions)
    form: dict[str, Any] = {key: node[key] for key in _KEPT if key in node}
    unsaid = sorted(node.keys() - set(_KEPT) - _PUT_OTHERWISE)
    if node.keys() & {"minimum", "maximum"}:
        values = _values(node)
        unsaid += [] if values else ["minimum and maximum"]
        form["enum"] = values
    if unsaid:
        raise ValueError(f"A schema in the strict subset cannot say {', '.join(unsaid)}: require it nowhere, or cut")
    if "anyOf" in form:
        form["anyOf"] = [_strict_form(each, definitions) for each in form["anyOf"]]
    if "items" in form:
        form["items"] = _strict_form(form["items"], definitions)
    if "properties" in form:
        # Pydantic describes an object by the docstring of its class.
        form.pop("description", None)
        form["properties"] = {name: _strict_form(each, definitions) for name, each in form["properties"].items()}
        form["additionalProperties"] = False
    return form


def _values(node: Mapping[str, Any]) -> list[int] | list[float]:
    """The values between two bounds; none where a bound is missing or there are too many."""
    low, high = node.get("minimum"), node.get("maximum")
    if low is None or high is None:
        return []
    if node["type"] == "integer":
        return list(range(low, high + 1)) if high - low < _MOST_VALUES else []
    return [round(low + (high - low) * step / _STEPS, 9) for step in range(_STEPS + 1)]


def _range_at(form: type[StrictAnswer], path: Sequence[int | str]) -> str | None:
    """The range of the number at a place of the form; None where there is none."""
    node: Mapping[str, Any] = _schema_of(form)
    for part in path:
        node = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
    values = node.get("enum")
    return f"from {values[0]:g} to {values[-1]:g}" if values and node.get("type") in {"integer", "number"} else None


_THOUGHTS_BEGIN: Final = re.compile(
    r"[\ufeff\s]*(?:<(?:think|thought|reason)|\[THINK\]|(?:<\|start\|>assistant)?<\|channel\|>analysis)", re.IGNORECASE
)
_THOUGHTS_END: Final = re.compile(r"</(?:think|thought|reason)\w*>|\[/THINK\]|<\|end\|>", re.IGNORECASE)
_ANSWER_BEGINS: Final = re.compile(r"<\|channel\|>(?:final|commentary)\b|assistantfinal(?=\s*[{`])")
"""Of gpt-oss, whose markers some servers leave in the text, whole or without their brackets."""

_OBJECT: Final = re.compile(r'\{\s*["}]')
"""Where an object begins; a brace in prose is followed by something else."""

MAX_OBJECTS: Final = 200
"""Objects that are looked at in one text; each that is broken may take as long as the text."""

_ARGUMENTS: Final = ("arguments", "parameters", "input")
"""Where the answer stands in the call of a tool that a model has written as text."""


class _UnclearJsonError(ValueError):
    """JSON that Python would read, and that says nothing certain."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _UnclearJsonError(f"the key {_shortened(twice)} appears twice in one object")
    return value


def _no_constant(name: str) -> None:
    raise _UnclearJsonError(f"{name} is not a number of JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_constant, strict=False)
_LENIENT: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """What begins like an object in a text: its value or what is wrong, its end or where it breaks off."""

    value: dict[str, Any] | AnswerError
    end: int
    whole: bool = True
    nested: bool = False
    """Whether it stands within one that is broken."""


def _where_to_look(text: str) -> tuple[int, int]:
    """From where on an answer may begin, and the end of the thoughts, behind which it has to end.

    Some servers leave out where thoughts begin; a tag within the answer is a quote.

    Raises:
        AnswerError: MALFORMED: the thoughts have no end.
    """
    begins = _THOUGHTS_BEGIN.match(text) is not None
    ends = list(_ANSWER_BEGINS.finditer(text))[-1:] or [each for each in [_THOUGHTS_END.search(text)] if each]
    if begins and not ends:
        raise _malformed("the reasoning before it never ends")
    if not ends or not text[ends[0].end() :].strip():
        return 0, 0
    return (ends[0].end() if begins else 0), ends[0].end()


def _objects(text: str, start: int) -> Iterator[_Found]:
    """The objects in a text, one after another; those within a broken one too."""
    broken_up_to = start
    for _ in range(MAX_OBJECTS):
        begin = _OBJECT.search(text, start)
        if begin is None:
            return
        found = _object_at(text, begin.start())
        yield dataclasses.replace(found, nested=begin.start() < broken_up_to)
        start = found.end if found.whole else begin.start() + 1
        broken_up_to = broken_up_to if found.whole else max(broken_up_to, found.end)


def _object_at(text: str, begin: int) -> _Found:
    try:
        value, end = _DECODER.raw_decode(text, begin)
        return _Found(storable_json(value), end)
    except json.JSONDecodeError as error:
        problem = f"{error.msg} at character {error.pos - begin} of the object"
        return _Found(_malformed(problem), error.pos, whole=False)
    except _UnclearJsonError as error:
        try:
            return _Found(_malformed(str(error)), _LENIENT.raw_decode(text, begin)[1])
        except ValueError:
            return _Found(_malformed(str(error)), len(text), whole=False)
    except (ValueError, RecursionError):
        problem = "a number is too long or objects are nested too deeply"
        return _Found(_malformed(problem), len(text), whole=False)


def _valid(found: _Found, form: type[Form]) -> Form:
    """The object as an answer of the form, or what it calls a tool with.

    Raises:
        AnswerError: It is none.
    """
    if isinstance(found.value, AnswerError):
        raise found.value
    try:
        return form.model_validate(found.value)
    except ValidationError as error:
        refused = AnswerError(FailureKind.SCHEMA_VIOLATION, _problems(error, form))
    arguments = next((found.value[name] for name in _ARGUMENTS if name in found.value), None)
    if isinstance(arguments, str):
        arguments = _object_at(arguments, 0).value
    try:
        return form.model_validate(arguments)
    except ValidationError:
        raise refused from None


def _malformed(reason: str) -> AnswerError:
    return AnswerError(FailureKind.MALFORMED, f"It is not one valid JSON object: {reason}.")


def _problems(error: ValidationError, form: type[StrictAnswer]) -> str:
    details = error.errors(include_url=False, include_context=False)
    told = "; ".join(_problem(each, form) for each in details[:MAX_PROBLEMS])
    further = f"; and {len(details) - MAX_PROBLEMS} more" if len(details) > MAX_PROBLEMS else ""
    return f"It does not have the form asked for: {told}{further}."


def _problem(detail: ErrorDetails, form: type[StrictAnswer]) -> str:
    path = ".".join(_shortened(str(part)) for part in detail["loc"]) or "the object"
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return f"{path} is missing"
    if kind == "extra_forbidden":
        return f"{path} is not a key of the schema"
    given = f" (it is {_shortened(repr(value))})" if isinstance(value, bool | int | float) else ""
    allowed = _range_at(form, detail["loc"])
    if kind in _OUT_OF_RANGE and allowed is not None:
        return f"{path} must be {allowed}{given}"
    message = detail["msg"]
    # A model that writes "85%" for a share would otherwise come back with 85.
    return f"{path}: {message[:1].lower()}{message[1:]}{f' {allowed}' if allowed else ''}{given}"


_OUT_OF_RANGE: Final = frozenset({"less_than_equal", "greater_than_equal", "finite_number"})
"""Pydantic's types of errors that are about the range of a number."""


def _shortened(name: str) -> str:
    name = in_one_line(name)
    return name if len(name) <= 60 else f"{name[:60]}..."
