"""The journal: what had landed when a run was killed is not lost, and not doubled."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from synthdeal_assets.foundation.llm.journal import CallJournal, left_journals
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

NOTING = """
import sys, time
from pathlib import Path
from synthdeal_assets.foundation.llm.journal import CallJournal
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

journal = CallJournal(Path(sys.argv[1]), "run-1")
for number in range(3):
    journal.note(paid_call(call_id=f"call-{number}", answer="a line\\nanother\\u2028third"))
print("noted", flush=True)
time.sleep(60)
"""


def test_what_a_killed_run_had_noted_is_there(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", NOTING, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"noted\n"
    assert left_journals(tmp_path) == [], "its run still goes on"
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    (journal,) = left_journals(tmp_path)
    assert journal.run_id == "run-1"
    assert journal.calls == tuple(
        paid_call(call_id=f"call-{number}", answer="a line\nanother\u2028third") for number in range(3)
    )


def test_a_last_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path / "journals", "run-1")
    journal.note(paid_call(call_id="call-1"))
    journal.note(paid_call(call_id="call-2"))
    journal.leave()
    (path,) = (tmp_path / "journals").iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    (left,) = left_journals(tmp_path / "journals")
    assert [call.call_id for call in left.calls] == ["call-1"]


def test_a_run_that_ends_leaves_no_journal(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path / "journals", "run-1")
    journal.note(paid_call())
    journal.discard()
    CallJournal(tmp_path / "journals", "run-2").discard()
    assert list((tmp_path / "journals").iterdir()) == []


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    stray = tmp_path / "stray.jsonl"
    stray.write_text("{}\n")
    assert left_journals(tmp_path) == []
    assert stray.exists()


def test_a_journal_that_goes_away_while_others_are_looked_at_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run-1.jsonl").symlink_to(tmp_path / "gone")
    assert left_journals(tmp_path) == []


def test_what_a_run_of_another_machine_had_noted_is_there_without_a_word_on_whether_it_lives(tmp_path: Path) -> None:
    journal = CallJournal(tmp_path, "run-1")
    journal.note(paid_call())
    head, call = (tmp_path / "run-1.jsonl").read_text().splitlines()
    elsewhere = json.loads(head)
    elsewhere["process"]["synthdeal/host"] = "elsewhere"
    (tmp_path / "run-1.jsonl").write_text(f"{json.dumps(elsewhere)}\n{call}\n")
    os.utime(tmp_path / "run-1.jsonl", (0, 0))
    (left,) = left_journals(tmp_path)
    assert (left.calls, left.ended, left.written_at) == ((paid_call(),), False, dt.datetime(1970, 1, 1))
    (tmp_path / "run-1.jsonl").unlink()
    journal.discard()
    journal = CallJournal(tmp_path, "run-2")
    journal.note(paid_call())
    (tmp_path / "run-2.jsonl").unlink()
    journal.leave()
    assert list(tmp_path.glob("run-*")) == []
