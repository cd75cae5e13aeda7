"""A model's text as one JSON object of a given form, or a complaint that the model can act on.

The form is a Pydantic class of the room that asks; the JSON schema that a model is given is made from it, so that both
cannot differ. What the fields mean belongs in the rooms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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

    Args:
        name: Short name, letters, digits and underscores.
        form: Class of the answer; the order of its fields is the order in which a model writes.
    """
    schema = form.model_json_schema()
    return AnswerSchema(name, _strict_form(schema, schema.get("$defs", {})))


def read_structured(text: str, form: type[Form]) -> Form:
    """The one JSON object in a model's text.

    The words around it may differ (a code fence, thoughts, line ends within strings), its content may not: a key that
    is missing, unknown or there twice, another type or a number out of range is refused.

    Raises:
        AnswerError: MALFORMED when it is not one JSON object, SCHEMA_VIOLATION when it is not the right one. The
            message says where and what, for the model to correct.
    """
    value = _single_object(text)
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise AnswerError(FailureKind.SCHEMA_VIOLATION, _problems(error)) from None


_KEPT: Final = ("type", "enum", "anyOf", "items", "properties", "required", "description")
"""Keywords of JSON schema that every endpoint takes in its strict subset; bounds are checked here instead."""


def _strict_form(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema of Pydantic's in the strict subset: references put in place, nothing but the keywords of all."""
    if "$ref" in node:
        return _strict_form(definitions[str(node["$ref"]).rpartition("/")[2]], definitions)
    form: dict[str, Any] = {key: node[key] for key in _KEPT if key in node}
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


_THOUGHTS_BEGIN: Final = re.compile(r"[\ufeff\s]*<think", re.IGNORECASE)
_THOUGHTS_END: Final = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OBJECT: Final = re.compile(r'\{\s*["}]')
"""Where an object begins; a brace in prose is followed by something else."""


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


def _single_object(text: str) -> dict[str, Any]:
    """The one JSON object in a text.

    Raises:
        AnswerError: MALFORMED: there is none, it is broken, or there are two.
    """
    end_of_thoughts = _THOUGHTS_END.search(text)
    if not _THOUGHTS_BEGIN.match(text):
        try:
            return _object_from(text, 0)
        except AnswerError:
            # Some servers leave out where thoughts begin. A tag within the object is a quote.
            if end_of_thoughts is None:
                raise
    if end_of_thoughts is None:
        raise _malformed("the reasoning before it never ends")
    return _object_from(text, end_of_thoughts.end())


def _object_from(text: str, start: int) -> dict[str, Any]:
    begin = _OBJECT.search(text, start)
    if begin is None:
        raise _malformed("there is no JSON object in it")
    value, end = _decoded(text, begin.start())
    second = _OBJECT.search(text, end)
    if second is not None and _is_whole(text, second.start()):
        raise _malformed("there is a second JSON object after the first")
    return value


def _is_whole(text: str, start: int) -> bool:
    try:
        _decoded(text, start)
    except AnswerError:
        return False
    return True


def _decoded(text: str, start: int) -> tuple[dict[str, Any], int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
        fit = storable_json(value)
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at character {error.pos - start} of the object") from None
    except _UnclearJsonError as error:
        raise _malformed(str(error)) from None
    except (ValueError, RecursionError):
        raise _malformed("a number is too long or objects are nested too deeply") from None
    return fit, end


def _malformed(reason: str) -> AnswerError:
    return AnswerError(FailureKind.MALFORMED, f"It is not one valid JSON object: {reason}.")


def _problems(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False)
    told = "; ".join(_problem(each) for each in details[:MAX_PROBLEMS])
    further = f"; and {len(details) - MAX_PROBLEMS} more" if len(details) > MAX_PROBLEMS else ""
    return f"It does not have the form asked for: {told}{further}."


def _problem(detail: ErrorDetails) -> str:
    path = ".".join(_shortened(str(part)) for part in detail["loc"]) or "the object"
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return f"{path} is missing"
    if kind == "extra_forbidden":
        return f"{path} is not a key of the schema"
    given = f" (it is {_shortened(repr(value))})" if isinstance(value, bool | int | float) else ""
    message = detail["msg"]
    return f"{path}: {message[:1].lower()}{message[1:]}{given}"


def _shortened(name: str) -> str:
    name = in_one_line(name)
    return name if len(name) <= 60 else f"{name[:60]}..."
