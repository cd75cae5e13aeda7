"""Prompts are files: a user's take the place of ours, their version is what they say, and they can do no harm."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.prompts import PromptSet

VARIABLES = {"system.j2": (), "deal.j2": ("name", "fields")}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with two prompts."""
    folder = tmp_path / "roomy" / "prompts"
    folder.mkdir(parents=True)
    (tmp_path / "roomy" / "__init__.py").touch()
    (folder / "system.j2").write_text("Judge well.\n")
    (folder / "deal.j2").write_text("Deal {{ name }}\n{% for each in fields %}\n- {{ each }}\n{% endfor %}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "roomy"
    sys.modules.pop("roomy", None)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder


def prompts(
    package: str,
    overrides: Path | None = None,
    variables: Mapping[str, Collection[str]] = VARIABLES,
    shaped_by: tuple[str, ...] = ("schema",),
) -> PromptSet:
    return PromptSet("scoring", package, overrides=overrides, variables=variables, shaped_by=shaped_by)


def test_a_prompt_is_rendered_to_the_letter(package: str) -> None:
    text = prompts(package).render("deal.j2", name='R&D "<5%" é', fields=["a", "b"])
    assert text == 'Deal R&D "<5%" é\n- a\n- b\n'


def test_a_file_of_the_user_takes_the_place_of_ours(package: str, theirs: Path) -> None:
    (theirs / "system.j2").write_text("Judge harshly.")
    (theirs / "notes.txt").write_text("no prompt")
    changed = prompts(package, theirs)
    assert changed.render("system.j2") == "Judge harshly."
    assert changed.render("deal.j2", name="x", fields=()) == "Deal x\n"


def test_one_character_makes_another_version(package: str, theirs: Path) -> None:
    own = prompts(package).version
    assert own == prompts(package).version
    name, _, digits = own.rpartition("-")
    assert name == "scoring"
    assert len(digits) == 12
    (theirs / "system.j2").write_text("Judge well!\n")
    others = {prompts(package, theirs).version, prompts(package, shaped_by=("another schema",)).version}
    (theirs / "system.j2").write_text("Judge well.\n")
    assert prompts(package, theirs).version == own, "the same words are the same version, wherever they lie"
    assert len(others | {own}) == 3


def test_a_prompt_written_on_windows_is_the_same_prompt(package: str, theirs: Path) -> None:
    (theirs / "system.j2").write_bytes(b"\xef\xbb\xbfJudge well.\r\n")
    assert prompts(package, theirs).version == prompts(package).version


def test_a_prompt_can_include_another_one_beside_it(package: str, theirs: Path) -> None:
    (theirs / "deal.j2").write_text("{% for each in fields %}{% include 'line.j2' %}{% endfor %}")
    (theirs / "line.j2").write_text("({{ each }})")
    assert prompts(package, theirs).render("deal.j2", name="", fields=["a", "b"]) == "(a)(b)"


@pytest.mark.parametrize("wanted", ["../secret.j2", "/etc/passwd", "sub/secret.j2", "secret.txt"])
def test_nothing_else_can_be_included(package: str, theirs: Path, wanted: str) -> None:
    (theirs.parent / "secret.j2").write_text("secret")
    (theirs / "sub").mkdir()
    (theirs / "sub" / "secret.j2").write_text("secret")
    (theirs / "secret.txt").write_text("secret")
    (theirs / "deal.j2").write_text(f"one\n{{% include '{wanted}' %}}")
    with pytest.raises(SynthDealError, match=r"deal\.j2, line 2.*is not beside it") as refused:
        prompts(package, theirs)
    assert refused.value.usage
    (theirs / "deal.j2").write_text(f"one\n{{% set file = '{wanted}' %}}\n{{% include file %}}")
    with pytest.raises(SynthDealError, match=r"deal\.j2, line 3.*named to the letter"):
        prompts(package, theirs)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("one\n{% if name %}\ntwo", "line 3.*endif"),
        ("one\n\n{{ nmae }}", r"line 3.*unknown variable nmae \(known: fields, name\)"),
        ("one\n{{ name | shout }}", "line 2.*shout"),
        ("{{ lipsum() }}", "line 1.*unknown variable lipsum"),
        ("{{ fields | random }}", "line 1.*random"),
    ],
)
def test_a_mistake_is_named_with_its_line_before_anything_is_asked(
    package: str, theirs: Path, source: str, reason: str
) -> None:
    (theirs / "deal.j2").write_text(source)
    with pytest.raises(SynthDealError, match=rf"{theirs / 'deal.j2'}, {reason}") as refused:
        prompts(package, theirs)
    assert refused.value.usage


@pytest.mark.parametrize(
    "source",
    [
        "one\n{{ fields.missing.deeper }}",
        "one\n{{ ''.__class__.__mro__ }}",
        "one\n{{ fields.append(1) }}",
        "one\n{{ 1 / 0 }}",
        "one\n{% for i in range(10000000) %}{% endfor %}",
    ],
)
def test_what_fails_or_is_forbidden_is_named_with_its_line(package: str, theirs: Path, source: str) -> None:
    (theirs / "deal.j2").write_text(source)
    with pytest.raises(SynthDealError, match=r"deal\.j2, line 2, cannot be used: "):
        prompts(package, theirs).render("deal.j2", name="x", fields=["a"])


def test_a_folder_without_a_prompt_of_ours_is_refused(package: str, theirs: Path) -> None:
    (theirs / "sytsem.j2").write_text("a slip in the name")
    with pytest.raises(SynthDealError, match=r"theirs has none of deal\.j2, system\.j2"):
        prompts(package, theirs)
    with pytest.raises(SynthDealError, match="nowhere cannot be read"):
        prompts(package, theirs / "nowhere")


def test_a_file_that_cannot_be_read_is_named(package: str, theirs: Path) -> None:
    (theirs / "system.j2").write_bytes(b"caf\xe9")
    with pytest.raises(SynthDealError, match=r"system\.j2 cannot be read"):
        prompts(package, theirs)
    (theirs / "system.j2").unlink()
    (theirs / "system.j2").mkdir()
    with pytest.raises(SynthDealError, match=r"system\.j2 cannot be read"):
        prompts(package, theirs)
