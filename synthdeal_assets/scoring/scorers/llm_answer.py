"""What a model is to answer: the form that it is given, and how its text becomes a `ScorerAnswer`.

The form is one Pydantic class; the JSON schema is made from it, so that both cannot differ. What a valid answer still
has to prove (its quotes) belongs in `answer.py`, asking in `llm_scorer.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from synthdeal_assets.llm.chat import AnswerSchema
from synthdeal_assets.llm.failures import AnswerError, FailureKind
from synthdeal_assets.llm.storable import storable_json
from synthdeal_assets.llm.untrusted import visible
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.rubric import BANT, ELEMENTS, MAX_LEVELS, MEDDPICC

MAX_CHARACTERS: Final = 4_000
MAX_ITEMS: Final = 20
"""An answer beyond these has run away; what the prompt asks for is far shorter."""

MAX_PROBLEMS: Final = 5
"""Problems that are told to the model at once; with more, the rest follows from the first ones."""


def _choice(highest: int) -> dict[str, Any]:
    """What says in a JSON schema that a number is one of 0 to the highest."""
    return {"enum": list(range(highest + 1))}


Text = Annotated[str, Field(max_length=MAX_CHARACTERS)]
Texts = Annotated[list[Text], Field(max_length=MAX_ITEMS)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
# Not Literal, which takes True for 1.
MeddpiccLevel = Annotated[int, Field(ge=0, le=MAX_LEVELS[MEDDPICC], json_schema_extra=_choice(MAX_LEVELS[MEDDPICC]))]
BantLevel = Annotated[int, Field(ge=0, le=MAX_LEVELS[BANT], json_schema_extra=_choice(MAX_LEVELS[BANT]))]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# The quote stands before the level, and the reasons before the estimates: a model writes from left to right, and what
# it has written is all that it can go by.
class _Judgement(_Strict):
    quote: Text | None
    level: int
    gap: Text
    question: Text


class MeddpiccJudgement(_Judgement):
    """A judgement of one element of MEDDPICC."""

    level: MeddpiccLevel


class BantJudgement(_Judgement):
    """A judgement of one element of BANT."""

    level: BantLevel


_ELEMENT_FIELDS: Final[dict[str, Any]] = {
    element: (MeddpiccJudgement if framework == MEDDPICC else BantJudgement, ...) for framework, element in ELEMENTS
}
Judgements: Final[type[_Strict]] = create_model("Judgements", __base__=_Strict, **_ELEMENT_FIELDS)
"""One judgement for each entry of `rubric.ELEMENTS`, by the name of the element."""


class LlmAnswer(_Strict):
    """A model's whole answer on one opportunity."""

    elements: Judgements  # type: ignore[valid-type]  # made from the rubric, at run time
    reasoning: Text
    key_strengths: Texts
    areas_for_improvement: Texts
    risks: Texts
    next_steps: Texts
    win_probability: Share = Field(description="0 to 1")
    confidence: Share = Field(description="0 to 1")


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


def _answer_schema() -> AnswerSchema:
    schema = LlmAnswer.model_json_schema()
    return AnswerSchema("deal_judgement", _strict_form(schema, schema["$defs"]))


ANSWER_SCHEMA: Final = _answer_schema()


def read_answer(text: str) -> ScorerAnswer:
    """A model's text as an answer.

    Its form may differ (a code fence, thoughts or words around the object, line ends within strings), its content may
    not: a key that is missing, unknown or there twice, another type or a number out of range is refused.

    Raises:
        AnswerError: MALFORMED when it is not one JSON object, SCHEMA_VIOLATION when it is not the right one. The
            message says where and what, for the model to correct.
    """
    value = _single_object(text)
    try:
        answer = LlmAnswer.model_validate(value)
    except ValidationError as error:
        raise AnswerError(FailureKind.SCHEMA_VIOLATION, _problems(error)) from None
    return ScorerAnswer(
        elements=tuple(
            _judgement(framework, element, getattr(answer.elements, element)) for framework, element in ELEMENTS
        ),
        win_probability=answer.win_probability,
        confidence=answer.confidence,
        reasoning=visible(answer.reasoning).strip(),
        key_strengths=_lines(answer.key_strengths),
        areas_for_improvement=_lines(answer.areas_for_improvement),
        risks=_lines(answer.risks),
        next_steps=_lines(answer.next_steps),
    )


def _judgement(framework: str, element: str, judged: _Judgement) -> ElementJudgement:
    quote = judged.quote if judged.quote and judged.quote.strip() else None
    return ElementJudgement(framework, element, judged.level, quote, _line(judged.gap), _line(judged.question))


def _lines(texts: list[str]) -> tuple[str, ...]:
    return tuple(line for line in map(_line, texts) if line)


def _line(text: str) -> str:
    """A text in one line, because lists are stored one entry a line."""
    return " ".join(visible(text).split())


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
        raise _UnclearJsonError(f"the key {_shortened(twice)} is there twice in one object")
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
        raise _malformed("the thoughts before it have no end")
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
        raise _malformed("a number is too long or objects stand too deep in each other") from None
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
    name = _line(name)
    return name if len(name) <= 60 else f"{name[:60]}..."
