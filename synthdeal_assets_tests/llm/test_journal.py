"""The journal: what had landed when a run was killed is not lost, and not doubled."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from synthdeal_assets.foundation.leases import LEASE_S
from synthdeal_assets.llm.ledger.calls import LlmCall, key_at
from synthdeal_assets.llm.ledger.journal import (
    Asking,
    CallJournal,
    LeftJournal,
    lease_of,
    left_journals,
    read_journals,
)
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

NOTING = """
import sys, time
from pathlib import Path
from synthdeal_assets.foundation.leases import take
from synthdeal_assets.llm.ledger.journal import CallJournal, lease_of
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

take(lease_of(Path(sys.argv[1]), "run-1"))
journal = CallJournal(Path(sys.argv[1]), "run-1", purpose="testing", execution_id="run-1")
for number in range(3):
    journal.note(paid_call(call_id=f"call-{number}", answer="a line\\nanother\\u2028third"))
print("noted", flush=True)
time.sleep(60)
"""


def test_what_a_killed_run_had_noted_is_there(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", NOTING, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"noted\n"
    assert left_journals(tmp_path) == [], "its run still goes on"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    (journal,) = left_journals(tmp_path)
    assert journal.asking == Asking("run-1", "testing")
    assert journal.calls == tuple(
        paid_call(call_id=f"call-{number}", answer="a line\nanother\u2028third") for number in range(3)
    )


def test_the_journal_of_a_version_that_knew_no_purposes_is_taken_in(tmp_path: Path) -> None:
    noted = {**dataclasses.asdict(paid_call()), "asked_at": "2026-05-04T12:00:00"}
    noted["opportunity_id"] = noted.pop("subject_id")
    ended = {"synthdeal/host": socket.gethostname(), "synthdeal/pid": "4194303", "synthdeal/process_started": "1.00"}
    head = {"run_id": "run-7", "process": {**ended, "synthdeal/process_of_run": "run-7"}}
    (tmp_path / "run-7.jsonl").write_text(f"{json.dumps(head)}\n{json.dumps(noted)}\n")
    (left,) = left_journals(tmp_path)
    assert left.asking == Asking("run-7", "scoring")
    paid = paid_call(key=key_at("key-1", "127.0.0.1/v1"))
    assert (left.calls, left.unreadable) == ((paid,), ())
    (tmp_path / "run-7.jsonl").write_text(f"{{spoiled\n{json.dumps(noted)}\n")
    (left,) = left_journals(tmp_path)
    assert (left.asking, left.calls) == (Asking("run-7", "scoring"), (paid,))


def test_a_last_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path / "journals", "run-1", purpose="testing", execution_id="run-1")
    journal.note(paid_call(call_id="call-1"))
    journal.note(paid_call(call_id="call-2"))
    journal.leave()
    (path,) = (tmp_path / "journals").iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    (left,) = left_journals(tmp_path / "journals")
    assert [call.call_id for call in left.calls] == ["call-1"]


def test_a_run_that_ends_leaves_no_journal(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path / "journals", "run-1", purpose="testing", execution_id="run-1")
    journal.note(paid_call())
    journal.discard()
    CallJournal(tmp_path / "journals", "run-2", purpose="testing", execution_id="run-2").discard()
    assert list((tmp_path / "journals").iterdir()) == []


@pytest.mark.parametrize("content", [b"{}\n", b"", b"\xff\x00 a diary\n" * 50, b"[" * 100_000])
def test_a_file_that_is_no_journal_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    stray = tmp_path / "stray.jsonl"
    stray.write_bytes(content)
    CallJournal(tmp_path, "run-1", purpose="testing", execution_id="run-1").note(paid_call())
    journals, strange = read_journals(tmp_path)
    assert [journal.path.name for journal in journals] == ["run-1.jsonl"]
    assert [(path, "holds no request" in reason) for path, reason in strange] == [(stray, True)]
    assert stray.read_bytes() == content


def test_a_journal_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "run-1.jsonl").mkdir()
    assert read_journals(tmp_path) == ([], [(tmp_path / "run-1.jsonl", "cannot be read (Is a directory)")])


def test_a_journal_that_goes_away_while_others_are_looked_at_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run-1.jsonl").symlink_to(tmp_path / "gone")
    assert left_journals(tmp_path) == []


@pytest.mark.parametrize(("silent_s", "ended"), [(0, False), (LEASE_S + 15, True)])
def test_the_journal_of_another_machine_is_left_to_it_while_it_renews_its_lease(
    tmp_path: Path, silent_s: float, *, ended: bool
) -> None:
    CallJournal(tmp_path, "run-1", purpose="testing", execution_id="run-1").note(paid_call())
    held_on_another_machine(lease_of(tmp_path, "run-1"), silent_s=silent_s)
    assert [journal.calls for journal in left_journals(tmp_path)] == [(paid_call(),)] * ended


def test_an_execution_whose_journal_was_taken_in_from_another_machine_ends_all_the_same(tmp_path: Path) -> None:
    for number, end in enumerate((CallJournal.discard, CallJournal.leave)):
        journal = CallJournal(tmp_path, f"run-{number}", purpose="testing", execution_id=f"run-{number}")
        journal.note(paid_call())
        (tmp_path / f"run-{number}.jsonl").unlink()
        end(journal)
    assert list(tmp_path.glob("run-*")) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for journals."""
    journals = tmp_path / "journals"
    journals.mkdir()
    return journals


def left(folder: Path, calls: Sequence[LlmCall], *others: str) -> Path:
    """A journal of a run that has ended, with these requests and other lines after the first of them."""
    journal = CallJournal(folder, "run-1", purpose="testing", execution_id="run-1")
    for call in calls:
        journal.note(call)
    journal.leave()
    path = folder / "run-1.left.jsonl"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in (head, first, *others, *rest)), "utf-8", "surrogateescape")
    return path


def taken_in(folder: Path, refused: Sequence[LlmCall] = ()) -> LeftJournal:
    """The one journal of a folder, removed as after it was taken in."""
    (journal,) = left_journals(folder)
    journal.remove(refused)
    return journal


def test_a_line_with_half_a_character_is_taken_in_with_its_tokens(folder: Path) -> None:
    left(folder, [paid_call(answer="yes \ud83d", response_model="m\ud83d", output_tokens=321)])
    (call,) = taken_in(folder).calls
    assert (call.answer, call.response_model, call.status) == ("yes \ufffd", "m\ufffd", "success")
    assert (call.input_tokens, call.output_tokens, call.cost_usd) == (1000, 321, 0.01)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"call_id": "x"',
        "[]",
        "\x00\x00\x00",
        "\udcff\udcfe no text",
        "[" * 5_000,
        json.dumps({"call_id": "call-9"}),
    ],
)
def test_a_line_that_is_no_request_is_set_aside_as_it_is_and_all_others_are_taken_in(
    folder: Path, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    head = left(folder, [paid_call(call_id=f"call-{number}") for number in range(3)], line).read_text(
        "utf-8", "surrogateescape"
    )
    journal = taken_in(folder)
    assert [call.call_id for call in journal.calls] == ["call-0", "call-1", "call-2"]
    (aside,) = folder.iterdir()
    assert aside.name == "run-1.not-taken.jsonl"
    assert aside.read_bytes() == f"{head.splitlines()[0]}\n{line}\n".encode("utf-8", "surrogateescape")
    assert f"1 request of execution run-1 could not be taken into the ledger and remains in {aside}" in caplog.text
    assert left_journals(folder) == []


def test_only_looking_at_a_journal_changes_nothing(folder: Path) -> None:
    path = left(folder, [paid_call()], "{")
    before = path.read_bytes()
    left_journals(folder)
    assert [(each, each.read_bytes()) for each in folder.iterdir()] == [(path, before)]


def test_lines_that_were_set_aside_and_mended_are_taken_in(folder: Path) -> None:
    note = left(folder, [paid_call(call_id="call-2")]).read_text().splitlines()[1]
    left(folder, [paid_call()], note.replace('"attempts": 1', '"attempts": "?"'))
    taken_in(folder, [paid_call()])
    aside = folder / "run-1.not-taken.jsonl"
    assert len(aside.read_text().splitlines()) == 3, "the first line, what was spoiled, what the ledger refused"
    aside.write_text(aside.read_text().replace('"?"', "1"))
    aside.rename(folder / "run-1.left.jsonl")
    assert [call.call_id for call in taken_in(folder).calls] == ["call-2", "call-1"]
    assert list(folder.iterdir()) == []


def test_a_line_that_is_set_aside_twice_stands_there_once(folder: Path) -> None:
    for _ in range(2):
        left(folder, [paid_call()], "{")
        taken_in(folder)
    assert (folder / "run-1.not-taken.jsonl").read_text().count("{\n") == 1


@pytest.mark.parametrize(
    "head", ["", '{"run_id": "run-1"', '{"run_id": "run-1", "process": {"synthdeal/host": 1}}', None]
)
def test_a_spoiled_first_line_costs_no_request(folder: Path, head: str | None) -> None:
    path = left(folder, [paid_call(), paid_call(call_id="call-2")])
    lines = path.read_text().splitlines()[1:]
    path.write_text("\n".join(lines if head is None else [head, *lines]))
    journal = taken_in(folder)
    assert journal.asking == Asking("run-1", "testing")
    assert [call.call_id for call in journal.calls] == ["call-1", "call-2"]


def test_a_folder_in_the_place_of_a_journal_stops_nothing(folder: Path) -> None:
    (folder / "odd.jsonl").mkdir()
    left(folder, [paid_call()])
    assert [journal.asking.run_id for journal in left_journals(folder)] == ["run-1"]
