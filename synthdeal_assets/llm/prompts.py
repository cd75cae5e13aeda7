"""Prompts as Jinja2 files: a room's own, files of a user's in their place, and a version derived from what they say.

What a prompt says belongs in the rooms, as `.j2` files in their folder `prompts`; making text from outside harmless in
`untrusted.py`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
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

ENCODING: Final = "utf-8-sig"
"""With or without the mark that Windows sets before a text."""

DRAWN_AT_RANDOM: Final = ("lipsum", "random")
"""What Jinja2 offers that must be missing: the same question must be the same text."""

Template = tuple[str, str, Callable[[], bool]]
"""Text, file and whether it is still the newest, as Jinja2's loaders give it."""

logger = logging.getLogger(__name__)


class PromptSet:
    """The templates of one room.

    They are rendered in a sandbox and can include each other, nothing else. Every variable they use must be one of
    those they are given. Each file is read once, so that what is asked is what the version was made from.

    Args:
        room: Name of the room, with which the version begins, and of its folder among a user's prompts.
        package: Package with the folder `prompts`.
        overrides: A user's folder with one folder a room; a file in the room's folder takes the place of the one of the
            same name, and others can be included.
        variables: For each template that is rendered, the variables it is given. One that is only included is checked
            when it is rendered.
        shaped_by: What else shapes an answer and is therefore part of the version, such as its schema.
        top_folder_too: Whether files at the top of the user's folder count as the room's, which is warned of once. So
            it was for the first room, when there was no other.

    Raises:
        SynthDealError: The folder has no template for this room and none for another, or a template cannot be read, is
            not valid, uses an unknown variable or includes what is not there.
    """

    def __init__(
        self,
        room: str,
        package: str,
        *,
        overrides: Path | None = None,
        variables: Mapping[str, Collection[str]],
        shaped_by: Sequence[str] = (),
        top_folder_too: bool = False,
    ) -> None:
        own = _names_in_package(package)
        theirs = {} if overrides is None else _files_of_user(overrides, room, package, own, top_folder_too)
        self._templates: Final = _read_files(package, own, theirs)
        self._environment: Final = _environment(self._templates)
        for name in self._templates:
            self._check(name, variables.get(name))
        texts = [[name, template[0]] for name, template in self._templates.items()]
        content = json.dumps([texts, list(shaped_by)], ensure_ascii=False, separators=(",", ":"))
        self._version = f"{room}-{hashlib.sha256(content.encode()).hexdigest()[:VERSION_DIGITS]}"

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
            files = {file for _, file, _ in self._templates.values()}
            file, line = _line_of(error, files) or (self._templates[name][1], 1)
            raise _wrong(file, line, str(error) or type(error).__name__) from error

    def _check(self, name: str, variables: Collection[str] | None) -> None:
        source, file, _ = self._templates[name]
        try:
            self._environment.get_template(name)
            tree = self._environment.parse(source, name, file)
        except jinja2.TemplateSyntaxError as error:
            raise _invalid(error) from error
        for part in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            included = getattr(part, "template", None)
            if not (isinstance(included, nodes.Const) and isinstance(included.value, str)):
                raise _wrong(file, part.lineno, "it must include a single file, by its exact name")
            if included.value not in self._templates:
                raise _wrong(file, part.lineno, f"it includes {included.value}, which is not in the same folder")
        if variables is None:
            return
        unknown = meta.find_undeclared_variables(tree) - set(variables) - set(self._environment.globals)
        for used in tree.find_all(nodes.Name):
            if used.name in unknown:
                known = ", ".join(sorted(variables)) or "none"
                raise _wrong(file, used.lineno, f"it uses the unknown variable {used.name} (known: {known})")


def _names_in_package(package: str) -> set[str]:
    folder = resources.files(package) / FOLDER
    return {file.name for file in folder.iterdir() if file.name.endswith(SUFFIX)}


def _files_of_user(top: Path, room: str, package: str, own: Collection[str], top_folder_too: bool) -> dict[str, Path]:
    """The files of a user's that are prompts of a room, by name; those in the room's folder go first.

    Raises:
        SynthDealError: There is none with a name of the package's and no folder of another room, or a folder or a file
            cannot be read.
    """
    at_top = {entry.name: entry for entry in _entries(top)}
    folder = top / room
    theirs = _prompts_in(folder) if folder.is_dir() else {}
    if folder.is_dir() and not own & theirs.keys():
        raise _none_of(own, folder, folder)
    if top_folder_too and own & at_top.keys():
        left_behind = _prompts_in(top)
        _say_once(
            f"The prompts at the top of {top} ({', '.join(sorted(left_behind))}) are used for {room} only: move them "
            f"to {folder}."
        )
        return left_behind | theirs
    if theirs or _rooms_beside(package) & at_top.keys():
        return theirs
    if top_folder_too or not any(name.endswith(SUFFIX) for name in at_top):
        raise _none_of(own, top, folder)
    # They are another room's, or a mistake.
    _say_once(f"The prompts at the top of {top} are not used for {room}: put its own into {folder}.")
    return {}


def _rooms_beside(package: str) -> set[str]:
    """The rooms that have prompts, as the folders of a user's are called."""
    parent = package.rpartition(".")[0]
    rooms = resources.files(parent).iterdir() if parent else ()
    return {room.name for room in rooms if (room / FOLDER).is_dir()}


def _prompts_in(folder: Path) -> dict[str, Path]:
    files = {file.name: file for file in _entries(folder) if file.name.endswith(SUFFIX)}
    for file in files.values():
        if not file.is_file():
            raise _unreadable(file, "it is not a file")
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise SynthDealError(
            f"The prompts folder {folder} cannot be read ({error.strerror}): name another one or unset "
            "SYNTHDEAL_PROMPTS.",
            code="prompts.folder-unreadable",
            usage=True,
        ) from error


def _read_files(package: str, own: Collection[str], theirs: Mapping[str, Path]) -> dict[str, Template]:
    """All templates by name, in the order of their names, alike whatever system they were written on."""
    package_loader = jinja2.PackageLoader(package, FOLDER, encoding=ENCODING)
    templates: dict[str, Template] = {}
    for name in sorted({*own, *theirs}):
        loader = jinja2.FileSystemLoader(theirs[name].parent, ENCODING) if name in theirs else package_loader
        try:
            source, file, _ = loader.get_source(jinja2.Environment(autoescape=True), name)
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(theirs[name], error) from error
        templates[name] = (source.replace("\r\n", "\n"), file, lambda: True)
    return templates


def _environment(templates: Mapping[str, Template]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(templates.get),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # a prompt is no page: quotes must reach the model to the letter
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in DRAWN_AT_RANDOM:
        environment.globals.pop(name, None)
        environment.filters.pop(name, None)
    return environment


@lru_cache
def _say_once(sentence: str) -> None:
    """Warn; prompts are read several times in a process."""
    logger.warning(sentence)


def _line_of(error: Exception, files: Collection[str]) -> tuple[str, int] | None:
    """File and line of the template in which an error arose, the innermost of those that include each other."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else None


def _invalid(error: jinja2.TemplateSyntaxError) -> SynthDealError:
    return _wrong(error.filename or error.name or "?", error.lineno, error.message or "it is not valid")


def _wrong(file: str, line: int, reason: str) -> SynthDealError:
    return SynthDealError(
        f"The prompt {file}, line {line}, cannot be used: {reason.rstrip('.')}; correct the file.",
        code="prompts.invalid",
        usage=True,
    )


def _none_of(own: Collection[str], searched: Path, folder: Path) -> SynthDealError:
    return SynthDealError(
        f"The prompts folder {searched} contains none of {', '.join(sorted(own))}: put at least one of them into "
        f"{folder} or unset SYNTHDEAL_PROMPTS.",
        code="prompts.folder-without-prompts",
        usage=True,
    )


def _unreadable(file: Path, reason: object) -> SynthDealError:
    return SynthDealError(
        f"The prompt {file} cannot be read ({reason}): make it a readable UTF-8 file or remove it.",
        code="prompts.unreadable",
        usage=True,
    )
