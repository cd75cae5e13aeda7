"""Prompts as Jinja2 files: a package's own, files of a user's in their place, and a version derived from what they say.

What a prompt says belongs in the rooms, as `.j2` files; making text from outside harmless in `untrusted.py`.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from synthdeal_assets.errors import SynthDealError

FOLDER: Final = "prompts"
SUFFIX: Final = ".j2"
VERSION_DIGITS: Final = 12

DRAWN_AT_RANDOM: Final = ("lipsum", "random")
"""What Jinja2 offers that must be missing: the same question must be the same text."""


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    file: str
    source: str


class PromptSet:
    """The templates of one purpose.

    They are rendered in a sandbox and can include each other, nothing else. Every variable they use must be one of
    those they are given.

    Args:
        name: Name of the set, with which its version begins.
        package: Package with the folder `prompts`.
        overrides: A user's folder; a file there takes the place of the one of the same name, and others can be
            included.
        variables: For each template that is rendered, the variables it is given. One that is only included is checked
            when it is rendered.
        shaped_by: What else shapes an answer and is therefore part of the version, such as its schema.

    Raises:
        SynthDealError: The folder has none of these templates, or a template cannot be read, is not valid, uses an
            unknown variable or includes what is not there.
    """

    def __init__(
        self,
        name: str,
        package: str,
        *,
        overrides: Path | None = None,
        variables: Mapping[str, Collection[str]],
        shaped_by: Sequence[str] = (),
    ) -> None:
        own = {template.name: template for template in _of_package(package)}
        theirs = {} if overrides is None else {template.name: template for template in _of_user(overrides, own)}
        self._templates: Final = {**own, **theirs}
        self._environment: Final = _environment(self._templates)
        for template in self._templates.values():
            self._check(template, variables.get(template.name))
        texts = [[each.name, each.source] for each in sorted(self._templates.values(), key=lambda each: each.name)]
        content = json.dumps([texts, list(shaped_by)], ensure_ascii=False, separators=(",", ":"))
        self._version = f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:VERSION_DIGITS]}"

    @property
    def version(self) -> str:
        """The name and 12 hexadecimal digits of SHA-256 over names and texts of all templates and what else shapes."""
        return self._version

    def render(self, name: str, /, **values: object) -> str:
        """A template with these values.

        Raises:
            SynthDealError: The template fails on them; the message names file and line.
        """
        try:
            return self._environment.get_template(name).render(values)
        except jinja2.TemplateSyntaxError as error:
            raise _invalid(error) from error
        except Exception as error:  # a user's template can fail in any way
            files = {each.file for each in self._templates.values()}
            file, line = _line_of(error, files) or (self._templates[name].file, 1)
            raise _wrong(file, line, str(error) or type(error).__name__) from error

    def _check(self, template: _Template, variables: Collection[str] | None) -> None:
        try:
            self._environment.get_template(template.name)
            tree = self._environment.parse(template.source, template.name, template.file)
        except jinja2.TemplateSyntaxError as error:
            raise _invalid(error) from error
        for part in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            included = getattr(part, "template", None)
            if not (isinstance(included, nodes.Const) and isinstance(included.value, str)):
                raise _wrong(template.file, part.lineno, "what it includes must be one file, named to the letter")
            if included.value not in self._templates:
                raise _wrong(template.file, part.lineno, f"it includes {included.value}, which is not beside it")
        if variables is None:
            return
        unknown = meta.find_undeclared_variables(tree) - set(variables) - set(self._environment.globals)
        for used in tree.find_all(nodes.Name):
            if used.name in unknown:
                known = ", ".join(sorted(variables)) or "none"
                raise _wrong(template.file, used.lineno, f"it uses the unknown variable {used.name} (known: {known})")


def _of_package(package: str) -> list[_Template]:
    folder = resources.files(package) / FOLDER
    files = sorted((file for file in folder.iterdir() if file.name.endswith(SUFFIX)), key=lambda file: file.name)
    return [_Template(file.name, str(file), _text(file.read_bytes())) for file in files]


def _of_user(folder: Path, own: Collection[str]) -> list[_Template]:
    """The templates in a user's folder.

    Raises:
        SynthDealError: It has none of the package's names, or a file cannot be read.
    """
    try:
        files = sorted(file for file in folder.iterdir() if file.name.endswith(SUFFIX))
    except OSError as error:
        raise SynthDealError(
            f"The folder of prompts {folder} cannot be read ({error.strerror}): name another one or unset "
            "SYNTHDEAL_PROMPTS.",
            usage=True,
        ) from error
    if not any(file.name in own for file in files):
        raise SynthDealError(
            f"The folder of prompts {folder} has none of {', '.join(sorted(own))}: put at least one of them there or "
            "unset SYNTHDEAL_PROMPTS.",
            usage=True,
        )
    templates = []
    for file in files:
        try:
            templates.append(_Template(file.name, str(file), _text(file.read_bytes())))
        except (OSError, UnicodeDecodeError) as error:
            raise SynthDealError(
                f"The prompt {file} cannot be read ({error}): make it a readable UTF-8 file or remove it.", usage=True
            ) from error
    return templates


def _text(content: bytes) -> str:
    """The text of a file, alike whatever system it was written on."""
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _environment(templates: Mapping[str, _Template]) -> ImmutableSandboxedEnvironment:
    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        template = templates.get(name)
        return None if template is None else (template.source, template.file, lambda: True)

    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # a prompt is no page: quotes must reach the model to the letter
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in DRAWN_AT_RANDOM:
        environment.globals.pop(name, None)
        environment.filters.pop(name, None)
    return environment


def _line_of(error: Exception, files: Collection[str]) -> tuple[str, int] | None:
    """File and line of the template in which an error arose, the innermost of those that include each other."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else None


def _invalid(error: jinja2.TemplateSyntaxError) -> SynthDealError:
    return _wrong(error.filename or error.name or "?", error.lineno, error.message or "it is not valid")


def _wrong(file: str, line: int, reason: str) -> SynthDealError:
    return SynthDealError(
        f"The prompt {file}, line {line}, cannot be used: {reason.rstrip('.')}; correct the file.", usage=True
    )
