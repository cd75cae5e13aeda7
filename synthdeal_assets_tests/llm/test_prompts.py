"""Prompts are files: a user's take the place of ours, their version is what they say, and they can do no harm."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from synthdeal_assets.llm.prompts import PromptSet
from synthdeal_assets_tests.failure_codes import failing_with

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


@pytest.fixture(params=["theirs", "theirs/scoring"])
def theirs(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A user's folder for the room: at the top as well, where it was when there was but one room."""
    folder: Path = tmp_path / request.param
    folder.mkdir(parents=True)
    return folder


def prompts(
    package: str,
    overrides: Path | None = None,
    variables: Mapping[str, Collection[str]] = VARIABLES,
    shaped_by: tuple[str, ...] = ("schema",),
) -> PromptSet:
    top = overrides.parent if overrides is not None and overrides.name == "scoring" else overrides
    return PromptSet("scoring", package, overrides=top, variables=variables, shaped_by=shaped_by, top_folder_too=True)


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
    with failing_with("prompts.invalid", naming=r"deal\.j2, line 2") as refused:
        prompts(package, theirs)
    assert refused.value.usage
    (theirs / "deal.j2").write_text(f"one\n{{% set file = '{wanted}' %}}\n{{% include file %}}")
    with failing_with("prompts.invalid", naming=r"deal\.j2, line 3"):
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
    with failing_with("prompts.invalid", naming=rf"{theirs / 'deal.j2'}, {reason}") as refused:
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
    with failing_with("prompts.invalid", naming=r"deal\.j2, line 2"):
        prompts(package, theirs).render("deal.j2", name="x", fields=["a"])


def test_a_folder_without_a_prompt_of_ours_is_refused(package: str, theirs: Path) -> None:
    (theirs / "sytsem.j2").write_text("a slip in the name")
    with failing_with("prompts.folder-without-prompts", naming=r"theirs(/scoring)? .*deal\.j2, system\.j2"):
        prompts(package, theirs)
    with failing_with("prompts.folder-unreadable", naming="nowhere"):
        prompts(package, theirs / "nowhere")
    (theirs / "sytsem.j2").unlink()
    with failing_with(
        "prompts.folder-without-prompts", naming=r"none of deal\.j2, system\.j2: .* into .*theirs/scoring "
    ):
        prompts(package, theirs)


def test_a_file_that_cannot_be_read_is_named(package: str, theirs: Path) -> None:
    (theirs / "system.j2").write_bytes(b"caf\xe9")
    with failing_with("prompts.unreadable", naming=r"system\.j2"):
        prompts(package, theirs)
    (theirs / "system.j2").unlink()
    (theirs / "system.j2").mkdir()
    with failing_with("prompts.unreadable", naming=r"system\.j2"):
        prompts(package, theirs)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with two rooms that have a prompt of the same name, and one that has none."""
    for room in ("letters", "offers", "cellar"):
        (tmp_path / "house" / room).mkdir(parents=True)
        (tmp_path / "house" / room / "__init__.py").touch()
    (tmp_path / "house" / "__init__.py").touch()
    for room in ("letters", "offers"):
        (tmp_path / "house" / room / "prompts").mkdir()
        (tmp_path / "house" / room / "prompts" / "system.j2").write_text(f"You write {room}.")
    monkeypatch.syspath_prepend(tmp_path)
    yield "house"
    for name in [name for name in sys.modules if name.partition(".")[0] == "house"]:
        del sys.modules[name]


def of_room(house: str, room: str, overrides: Path | None = None, *, top_folder_too: bool = False) -> PromptSet:
    return PromptSet(
        room, f"{house}.{room}", overrides=overrides, variables={"system.j2": ()}, top_folder_too=top_folder_too
    )


def test_two_rooms_have_each_their_own_prompt_of_the_same_name(house: str, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "letters").mkdir(parents=True)
    (theirs / "letters" / "system.j2").write_text("Write warm letters.")
    own = {room: of_room(house, room) for room in ("letters", "offers")}
    changed = {room: of_room(house, room, theirs) for room in ("letters", "offers")}
    assert [own[room].render("system.j2") for room in own] == ["You write letters.", "You write offers."]
    assert [changed[room].render("system.j2") for room in changed] == ["Write warm letters.", "You write offers."]
    assert changed["offers"].version == own["offers"].version
    assert changed["letters"].version != own["letters"].version
    (theirs / "offers").mkdir()
    (theirs / "offers" / "system.j2").write_text("Write short offers.")
    both = [of_room(house, room, theirs).render("system.j2") for room in ("letters", "offers")]
    assert both == ["Write warm letters.", "Write short offers."]


def test_files_at_the_top_count_for_the_first_room_alone_and_the_new_place_is_named_once(
    house: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "system.j2").write_text("Write old letters.")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert of_room(house, "letters", theirs, top_folder_too=True).render("system.j2") == "Write old letters."
    assert caplog.messages == [
        f"The prompts at the top of {theirs} (system.j2) are used for letters only: move them to {theirs / 'letters'}."
    ]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert of_room(house, "offers", theirs).render("system.j2") == "You write offers."
    assert caplog.messages == [
        f"The prompts at the top of {theirs} are not used for offers: put its own into {theirs / 'offers'}."
    ]


def test_a_file_in_the_rooms_folder_goes_before_the_one_at_the_top(house: str, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "letters").mkdir(parents=True)
    (theirs / "system.j2").write_text("{% include 'tone.j2' %} old")
    (theirs / "tone.j2").write_text("cold")
    (theirs / "letters" / "system.j2").write_text("{% include 'tone.j2' %} new")
    assert of_room(house, "letters", theirs, top_folder_too=True).render("system.j2") == "cold new"


def test_moving_the_files_from_the_top_to_the_rooms_folder_is_the_same_version(house: str, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "system.j2").write_text("Write old letters.")
    before = of_room(house, "letters", theirs, top_folder_too=True).version
    (theirs / "letters").mkdir()
    (theirs / "system.j2").rename(theirs / "letters" / "system.j2")
    assert of_room(house, "letters", theirs, top_folder_too=True).version == before


@pytest.mark.parametrize("room", ["letters", "offers"])
def test_a_folder_of_no_room_that_asks_is_a_slip_and_refused(house: str, tmp_path: Path, room: str) -> None:
    for name in ("leters", "cellar"):
        (tmp_path / "theirs" / name).mkdir(parents=True)
        (tmp_path / "theirs" / name / "system.j2").write_text("never read")
    with failing_with(
        "prompts.folder-without-prompts", naming=rf"theirs contains none of system\.j2: put .* into .*theirs/{room} "
    ):
        of_room(house, room, tmp_path / "theirs", top_folder_too=room == "letters")


def test_a_prompt_that_changes_while_a_run_asks_is_asked_as_its_version_says(house: str, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "letters").mkdir(parents=True)
    file = tmp_path / "theirs" / "letters" / "system.j2"
    file.write_text("Write warm letters.")
    prompts_of_the_run = of_room(house, "letters", tmp_path / "theirs")
    file.write_text("Write cold letters.")
    assert prompts_of_the_run.render("system.j2") == "Write warm letters."
    assert of_room(house, "letters", tmp_path / "theirs").version != prompts_of_the_run.version
