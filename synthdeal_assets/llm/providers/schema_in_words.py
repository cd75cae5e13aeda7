"""The form of an answer in words, for endpoints that take no schema. The words are in `schema_in_words.j2`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from synthdeal_assets.llm.chat import AnswerSchema, Message

if TYPE_CHECKING:
    import jinja2


def with_schema_in_words(messages: Sequence[Message], schema: AnswerSchema) -> tuple[Message, ...]:
    """The conversation with the form of the answer at the end of its system message, which stands first."""
    words = _template().render(
        schema=json.dumps(schema.json_schema, ensure_ascii=False),
        example=json.dumps(example(schema.json_schema), ensure_ascii=False),
    )
    if messages and messages[0].role == "system":
        return (Message("system", f"{messages[0].content}\n\n{words}"), *messages[1:])
    return (Message("system", words), *messages)


def example(node: Mapping[str, Any], name: str = "answer") -> object:
    """A value that is valid by a schema in the strict subset; its texts say what they stand for.

    Args:
        node: The schema.
        name: What the value is called.
    """
    if "enum" in node:
        return node["enum"][len(node["enum"]) // 2]
    if "anyOf" in node:
        return example(node["anyOf"][0], name)
    if "properties" in node:
        return {key: example(each, key) for key, each in node["properties"].items()}
    if "items" in node:
        return [example(node["items"], name)]
    text = f"<{name.replace('_', ' ')}>"
    values = {"string": text, "integer": node.get("minimum", 1), "number": node.get("minimum", 0.5), "boolean": True}
    return values.get(str(node.get("type")))


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    import jinja2  # noqa: PLC0415 - most endpoints take a schema

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthdeal_assets", "llm/providers"),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("schema_in_words.j2")
