"""A specification as a file: every mistake in it at once, each with its line and what to write instead.

Which keys there are belongs in `grammar.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

from synthdeal_assets.datasets.spec.grammar import TAG, BlemishesSpec, FieldBlemishes, FieldSpec, Specification
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.plain_yaml import NotPlainYamlError, PlainYaml, read_plain_yaml

DEEPEST: Final = 10
"""Keys and places that lead to the innermost mapping of a specification, with room to spare."""

LARGEST: Final = 1_000_000
"""Characters of a specification; a table of 2,000 fields has 100,000."""

ALIKE: Final = 70
"""Likeness of two words (rapidfuzz's ratio, of 100) from which one is taken for a misspelling of the other."""

MOST_MISTAKES: Final = 20
"""Mistakes that are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class ReadSpecification:
    """A specification with the text that it was read from.

    Attributes:
        specification: What it says.
        text: The text.
        where: What to call it in an error.
        line_of: The line of what a path of keys leads to.
    """

    specification: Specification
    text: str
    where: str
    line_of: Callable[[tuple[object, ...]], int | None]


def load_specification(path: Path) -> ReadSpecification:
    """The specification in a file, with its lines.

    Raises:
        SynthDealError: The file cannot be read ("datasets.no-file", "datasets.unreadable"), or what is in it is no
            specification.
    """
    try:
        with path.expanduser().open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SynthDealError(
            f"There is no file {path}: correct its name, or name a dataset that exists.",
            code="datasets.no-file",
            usage=True,
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is no UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or "input error"
        raise SynthDealError(
            f"The specification {path} cannot be read ({reason}): make it a readable UTF-8 text file.",
            code="datasets.unreadable",
            usage=True,
        ) from error
    return read_specification(text, str(path))


def parse_specification(text: str, where: str) -> Specification:
    """The specification in a text; raises as `read_specification`."""
    return read_specification(text, where).specification


def read_specification(text: str, where: str) -> ReadSpecification:
    """The specification in a text, with its lines.

    Args:
        text: YAML.
        where: What to call it in an error.

    Raises:
        SynthDealError: It is no YAML, or has mistakes; one that a program wrote fails like a person's.
    """
    if len(text) > LARGEST:
        raise SynthDealError(
            f"{where} has more than {LARGEST:,} characters: divide it into several datasets.",
            code="datasets.too-long",
            usage=True,
        )
    try:
        written = read_plain_yaml(text, deepest=DEEPEST)
    except NotPlainYamlError as error:
        place = where if error.line is None else f"{where}, line {error.line}"
        raise SynthDealError(
            f"{place}: this cannot be read ({error.problem}): correct the line, minding the spaces it begins with and "
            "quotes around texts with a colon.",
            code="datasets.not-yaml",
            usage=True,
        ) from error
    if not isinstance(written.data, dict):
        raise SynthDealError(
            f"{where} is no specification: it begins with lines such as `dataset: shop` and `tables:`.",
            code="datasets.empty",
            usage=True,
        )
    try:
        specification = Specification.model_validate(written.data)
    except ValidationError as error:
        mistakes = [_sentence(one, where, written) for one in error.errors(include_url=False)]
        raise mistakes_error(mistakes, where, code="datasets.mistakes") from None
    return ReadSpecification(specification, text, where, written.line_of)


def mistakes_error(mistakes: Sequence[str], where: str, *, code: str) -> SynthDealError:
    """One error for all mistakes of a specification: a single one is a sentence, several are a list."""
    if len(mistakes) == 1:
        return SynthDealError(mistakes[0], code=code, usage=True)
    listed = [*mistakes[:MOST_MISTAKES]]
    if len(mistakes) > MOST_MISTAKES:
        listed.append(f"and {len(mistakes) - MOST_MISTAKES} more.")
    return SynthDealError(
        "\n".join([f"{where} has {len(mistakes)} mistakes:", *(f"  {one}" for one in listed)]), code=code, usage=True
    )


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is meant by a misspelt one; None where none is near."""
    found = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return None if found is None else str(found[0])


def _sentence(error: Any, where: str, written: PlainYaml) -> str:
    loc = tuple(part for part in error["loc"] if part != "[key]" and not str(part).startswith(TAG))
    path = _as_written(loc, written.data)
    line = written.line_of(path)
    place = where if line is None else f"{where}, line {line}"
    what = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in path)
    match error["type"]:
        case "extra_forbidden":
            known = _known_keys(path[:-1])
            meant = nearest(str(path[-1]), known)
            remedy = f"did you mean `{meant}`?" if meant else f"use one of {', '.join(known)}, or remove it."
            return f"{place}: `{path[-1]}` is no part of {_thing(path[:-1])}: {remedy}"
        case "missing":
            return f"{place}: `{path[-1]}` is missing in {_thing(path[:-1])}: add it."
        case "value_error":
            reason = error["msg"].removeprefix("Value error, ")
            words = f"`{what}` {reason.removeprefix('it ')}" if reason.startswith("it ") else f"`{what}` is {reason}"
            return f"{place}: {words if _is_clause(reason) else f'in `{what}`, {reason}'}."
        case _:
            return f"{place}: `{what}` is not written as it should be: {_wanted(error)}."


def _is_clause(reason: str) -> bool:
    return reason.startswith(("it ", "'", "nothing", "a list", "no mapping", "an empty")) or reason[:1].isdigit()


def _wanted(error: Any) -> str:
    wanted = {"model_type": "a mapping", "mapping_type": "a mapping", "dict_type": "a mapping", "tuple_type": "a list"}
    kind = wanted.get(error["type"])
    return f"write {kind} here" if kind else str(error["msg"])


def _as_written(loc: tuple[object, ...], data: Any) -> tuple[object, ...]:
    """The place of an error without the parts that the grammar put between, such as the `options` of a field."""
    path: list[object] = []
    for part in loc[:-1]:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(part)
    return (*path, *loc[-1:])


def _thing(path: tuple[object, ...]) -> str:
    """What a path leads to, in words."""
    match path:
        case ():
            return "a specification"
        case ("tables", table):
            return f"the table `{table}`"
        case ("tables", _, "fields", field):
            return f"the field `{field}`"
        case (*_, around, int() as place):
            return f"number {place + 1} of `{around}`"
        case _:
            return f"`{path[-1]}`"


def _known_keys(path: tuple[object, ...]) -> tuple[str, ...]:
    """The keys that may stand where a path leads to."""
    here: list[Any] = [Specification]
    for part in path:
        here = [one for annotation in here for one in _inside(annotation, part)]
    models = [model for annotation in here for model in _models_of(annotation)]
    keys = dict.fromkeys(key for model in models for key in _keys(model))
    if FieldSpec in models:
        inside = ("roll_up", "options")
        keys = {**dict.fromkeys(key for key in keys if key not in inside), **dict.fromkeys(("sum", "count", "mean"))}
    return tuple(keys)


def _keys(model: type[BaseModel]) -> dict[str, Any]:
    """The keys of a model as they are written, with the types of their values."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _inside(annotation: Any, part: object) -> list[Any]:
    """The types of what stands at a key or place inside a type."""
    if isinstance(annotation, type) and issubclass(annotation, BlemishesSpec):
        return [FieldBlemishes]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [of for key, of in _keys(annotation).items() if key == part]
    arguments = get_args(annotation)
    if get_origin(annotation) is Mapping:
        return [arguments[1]]
    if get_origin(annotation) is tuple:
        return [arguments[0]]
    return [one for argument in arguments for one in _inside(argument, part)]


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models that a type may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for argument in get_args(annotation) for one in _models_of(argument)]
