"""Who holds a file lives; the lock says so on one kernel, the lease across machines, and names and ids say nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from synthdeal_assets.foundation import leases
from synthdeal_assets.foundation.leases import (
    LEASE_S,
    RENEW_EVERY_S,
    held,
    holder_of,
    let_go,
    process_holding,
    remove_dead,
    take,
)
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine

HOLDING = """
import socket, sys, time
from pathlib import Path
socket.gethostname = lambda: sys.argv[2]
from synthdeal_assets.foundation.leases import take
print(take(Path(sys.argv[1])), flush=True)
time.sleep(60)
"""

HOLDING_WITH_A_FORKED_CHILD = """
import os, sys, time
from pathlib import Path
from synthdeal_assets.foundation.leases import holder_of, take
path = Path(sys.argv[1])
take(path)
if os.fork() == 0:
    print("child", os.getpid(), holder_of(path) is not None, flush=True)
    time.sleep(60)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alive" / "run-1.lock"


@contextmanager
def process(
    path: Path, host: str = "container-a", script: str = HOLDING
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds the file, and its first words; it is ended with the block."""
    running = subprocess.Popen([sys.executable, "-c", script, str(path), host], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def test_a_holder_lives_until_it_is_killed_whatever_its_host_was_called(path: Path) -> None:
    with process(path) as (running, said):
        assert said == "None\n"
        holder = holder_of(path)
        assert holder is not None
        assert (holder.host, holder.pid, holder.locked) == ("container-a", running.pid, True)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()

        assert holder_of(path) is None, "at once, though its lease has not run out"


def test_a_holder_whose_lease_has_run_out_lives_while_its_lock_is_seen(path: Path) -> None:
    with process(path):
        os.utime(path, (0, 0))
        assert holder_of(path) is not None


def test_a_process_that_was_killed_is_dead_before_anybody_has_waited_for_it(path: Path) -> None:
    with process(path) as (running, _):
        running.kill()
        deadline = time.monotonic() + 20
        while holder_of(path) is not None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert holder_of(path) is None
        assert running.returncode is None


def test_a_second_holder_is_told_who_the_first_is_and_takes_over_from_a_dead_one(path: Path) -> None:
    with process(path) as (running, _):
        other = take(path)
        assert other is not None
        assert str(other) == f"process {running.pid} on container-a"
    assert take(path) is None
    let_go(path)
    assert not path.exists()


def test_of_two_that_come_at_once_one_holds_the_file(path: Path) -> None:
    with process(path) as (_, first), process(path) as (_, second):
        assert sorted(each == "None\n" for each in (first, second)) == [False, True]


@pytest.mark.parametrize(
    ("silent_s", "lives"),
    [(0, True), (LEASE_S - 15, True), (LEASE_S + 15, False), (15 - LEASE_S, True), (-LEASE_S - 15, False)],
    ids=["now", "within its lease", "past it", "clocks that differ", "clock set back"],
)
def test_on_another_machine_the_lease_decides(path: Path, silent_s: float, *, lives: bool) -> None:
    held_on_another_machine(path, silent_s=silent_s)

    assert (holder_of(path) is not None) is lives
    other = take(path)
    assert (other is not None) is lives
    let_go(path)
    assert path.exists() is lives


def test_where_a_kernel_has_no_name_the_lease_decides_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BOOT_ID", path)
    leases._kernel.cache_clear()
    held_on_another_machine(path, silent_s=0, locks="")
    assert holder_of(path) is not None
    held_on_another_machine(path, silent_s=2 * LEASE_S, locks="")
    assert holder_of(path) is None
    leases._kernel.cache_clear()


def test_a_process_with_the_id_of_a_dead_holder_is_not_the_holder(path: Path) -> None:
    with process(path):
        said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "pid": os.getpid()}))
    assert holder_of(path) is None


def test_a_process_with_the_id_of_a_holder_in_another_container_is_not_the_one_to_end(path: Path) -> None:
    with process(path) as (running, _):
        found = process_holding(path)
        assert found is not None
        assert found.pid == running.pid
        # As a process in another container writes its id, which is another process here.
        with path.open("r+") as file:
            said = json.loads(file.read())
            file.seek(0)
            file.truncate()
            file.write(json.dumps({**said, "pid": os.getpid()}))
        assert holder_of(path) is not None
        assert process_holding(path) is None


def test_a_forked_child_does_not_keep_its_dead_parent_alive(path: Path) -> None:
    with process(path, script=HOLDING_WITH_A_FORKED_CHILD) as (running, said):
        name, child, parent_lives = said.split()
        try:
            assert (name, parent_lives) == ("child", "True")
            running.kill()
            running.wait()
            assert holder_of(path) is None
        finally:
            os.kill(int(child), signal.SIGKILL)


def test_a_lease_is_renewed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LEASE_S > 3 * RENEW_EVERY_S
    monkeypatch.setattr(leases, "RENEW_EVERY_S", 0.01)
    with held(path):
        os.utime(path, (0, 0))
        leases._renewing.cache_clear()
        leases._renewing()
        deadline = time.monotonic() + 20
        while path.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert time.time() - path.stat().st_mtime < LEASE_S
    leases._renewing.cache_clear()


def test_what_the_dead_left_is_removed_and_nothing_else(path: Path) -> None:
    held_on_another_machine(path.with_name("elsewhere.lock"), silent_s=0)
    held_on_another_machine(path.with_name("dead.lock"), silent_s=2 * LEASE_S)
    path.with_name("killed-while-it-began.lock").touch()
    path.with_name("journal.jsonl").touch()
    with held(path):
        remove_dead(path.parent)
        assert {each.name for each in path.parent.iterdir()} == {"elsewhere.lock", "journal.jsonl", path.name}
    assert not path.exists()


def test_a_process_that_ends_leaves_no_file(path: Path) -> None:
    subprocess.run([sys.executable, "-c", HOLDING.replace("time.sleep(60)", ""), str(path), "host"], check=True)
    assert list(path.parent.iterdir()) == []
