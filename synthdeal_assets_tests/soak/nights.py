"""A home that is walked through nights, each a `synthdeal run` of its own with up to three faults drawn at random.

`python -m synthdeal_assets_tests.soak.nights --seed 7 --nights 12` walks one seed and prints what each night met. What
must hold after each night is in `books.py`, what the endpoint does in `bad_endpoint.py`.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import psutil

from synthdeal_assets.demo_llm.faults import Behaviour, RequestOutcome
from synthdeal_assets.demo_llm.server import ServerThread
from synthdeal_assets_tests.cli.conftest import plain_environment
from synthdeal_assets_tests.fakes.another_machine import held_on_another_machine
from synthdeal_assets_tests.soak.bad_endpoint import BadEndpoint, Oddity
from synthdeal_assets_tests.soak.books import Books, open_questions, tables_as_they_are

REPOSITORY: Final = Path(__file__).parents[2]
FIRST_DAY: Final = dt.date(2026, 11, 2)
OPPORTUNITIES: Final = 60
CONCURRENCY: Final = 4
INPUT_PRICE, OUTPUT_PRICE = 1.0, 6.0
"""USD per million tokens."""

EVENTS_OF_A_NIGHT: Final = 520
ENDS_WITHIN_S: Final = 240.0
NUMBER_OF_FAULTS: Final = (0, 1, 1, 2, 2, 2, 3, 3)

PROGRAM: Final = "from synthdeal_assets.cli.app import main; main()"
OTHER_HOST: Final = "import socket; socket.gethostname = lambda: 'container-b'; "
AN_HOUR_BACK: Final = (
    "import datetime as dt; from synthdeal_assets.foundation import timestamps; now = timestamps.utc_now; "
    "timestamps.utc_now = lambda: now() - dt.timedelta(hours=1); "
)
FULL_DISK: Final = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "

LOOK: Final = """
import sys
from typer.testing import CliRunner
from synthdeal_assets.cli.app import app

for command in ("status", "check", "info"):
    result = CliRunner().invoke(app, [command, "--home", sys.argv[1]])
    if result.exit_code:
        sys.exit(f"{command} ended with {result.exit_code}: {result.stdout}{result.stderr}{result.exception!r}")
"""
"""Three commands in one process: most of what they take is importing."""
READER: Final = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as shell:
    count = lambda: shell.sql("SELECT count(*), max(scored_at) FROM scoring.opportunity_scores").fetchall()
    before = count()
    print("reads", flush=True)
    sys.stdin.readline()
    sys.exit(count() != before)
"""
TORN: Final = """
import os, signal, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("PRAGMA disable_checkpoint_on_shutdown; SET checkpoint_threshold = '1GB'")
connection.execute("CREATE OR REPLACE TABLE ops.torn AS SELECT range AS n FROM range(500)")
connection.execute("INSERT INTO ops.torn SELECT range FROM range(5000)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Night:
    """One night, as its faults make it.

    Attributes:
        day: The day that the world is brought to.
        variables: Settings of this night.
        prologue: Python that runs in the process before the command.
        stop_at: At which answer, or at which line of the run's log, the signal comes.
        stop_with: The signal.
        may_miss: Answers of which only the request may be on record after it.
        may_lose: Answers that may be on no record after it.
        refused: Whether the run must end with 1 and must not have written.
        remedy: What is done about the fault before the run is tried again.
        beside: What goes on while the run does.
        cap_usd: What the night may spend.
    """

    day: dt.date
    variables: dict[str, str] = field(default_factory=dict)
    prologue: str = ""
    stop_at: tuple[str, int] | None = None
    stop_with: signal.Signals = signal.SIGKILL
    may_miss: int = 0
    may_lose: int = 0
    refused: bool = False
    remedy: Callable[[], None] | None = None
    beside: list[Callable[[], Any]] = field(default_factory=list)
    cap_usd: float | None = None


class BooksAreWrong(AssertionError):  # noqa: N818 - what is so, as a test says it
    """The books are wrong after a night."""


class Walk:
    """A home on its way through the nights of a seed.

    Args:
        folder: Where the home is to be.
        seed: Of the draws.
        endpoint: The endpoint that is asked.
        port: Where it listens.
    """

    def __init__(self, folder: Path, seed: int, endpoint: BadEndpoint, port: int) -> None:
        self.folder, self.home = folder, folder / "home"
        self.seed, self.endpoint, self.port = seed, endpoint, port
        self.draw = random.Random(seed)  # noqa: S311
        self.day = FIRST_DAY
        self.books = Books()
        self.may_miss = self.may_lose = 0
        self.met: Counter[str] = Counter()
        self.log: list[str] = []
        self.number = 0

    def walk(self, nights: int) -> None:
        """A night without a fault, so many with some, and a last one without.

        Raises:
            BooksAreWrong: The books are wrong after one of them.
        """
        self.night([])
        for _ in range(nights):
            groups = self.draw.sample(sorted(FAULTS), self.draw.choice(NUMBER_OF_FAULTS))
            self.night([self.draw.choice(FAULTS[group]) for group in groups])
        self.last_night()

    def night(self, faults: list[Fault]) -> None:
        """One night with these faults, and its books."""
        self.number += 1
        self.endpoint.night = self.number
        self.endpoint.behaviour, self.endpoint.oddity = Behaviour(seed=self.number), None
        self.day += dt.timedelta(days=self.draw.choice((1, 1, 1, 3)))
        night = Night(self.day)
        told = []
        for fault in faults:
            fault(self, night)
            told.append(fault.__name__)
        self.met.update(told)
        self.log.append(f"night {self.number}, {night.day}: {', '.join(told) or 'no fault'}")
        if night.refused:
            self._refused(night)
        code, said = self._run(night)
        self.may_miss += night.may_miss
        self.may_lose += night.may_lose
        interrupted = night.stop_at is not None or "RLIMIT_FSIZE" in night.prologue
        allowed = {0, 1, 130, -int(night.stop_with)} if interrupted else {0, 1} if faults else {0}
        if code not in allowed:
            self.fail(f"it ended with {code}: {said[-1500:]}")
        self.log[-1] += f" -> {code} {said.splitlines()[-1][:150] if code and said else ''}"
        print(self.log[-1], flush=True, file=sys.stderr)  # noqa: T201
        self._read_books(night, ended_well=code == 0)

    def last_night(self) -> None:
        """A night without a fault, which leaves nothing open."""
        self.night([])
        if open_questions(self.home) != (0, 0):
            self.command("retry", self.variables_of(Night(self.day)))
        if (left := open_questions(self.home)) != (0, 0):
            self.fail(f"after a night without a fault {left[0]} deals are open and {left[1]} have failed")
        self._read_books(Night(self.day), ended_well=True)

    def _refused(self, night: Night) -> None:
        before = tables_as_they_are(self.home) if night.remedy else ""
        asked = len(self.endpoint.exchanges)
        done = self.command("run", self.variables_of(night), "--as-of", f"{night.day}")
        if done.returncode != 1 or "Traceback" in done.stderr:
            self.fail(f"a run that had to be refused ended with {done.returncode}: {done.stderr[-800:]}")
        if night.remedy is not None:
            night.remedy()
        if len(self.endpoint.exchanges) != asked:
            self.fail("a run that was refused has asked for something")
        if before and tables_as_they_are(self.home) != before:
            self.fail("a run that was refused has written")

    def _run(self, night: Night) -> tuple[int, str]:
        asked = len(self.endpoint.exchanges)
        arguments = ["run", "--as-of", f"{night.day}", "--home", f"{self.home}"]
        started = {path.name for path in (self.home / "runs").glob("*")}
        process = subprocess.Popen(
            [sys.executable, "-c", night.prologue + PROGRAM, *arguments],
            cwd=self.folder,
            env=self.variables_of(night),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if night.stop_at is not None and night.stop_at[0] == "answer":
            at = night.stop_at[1]
            self.endpoint.on_answer = lambda number: _send_once(process, night.stop_with, number == at)
        try:
            ended = [beside() for beside in night.beside]
            if night.stop_at is not None and night.stop_at[0] == "event":
                _stop_at_event(process, self.home / "runs", started, night.stop_at[1], night.stop_with)
            _, said = process.communicate(timeout=ENDS_WITHIN_S)
        finally:
            self.endpoint.on_answer = lambda _: None
            process.kill()
            process.wait()
        for end in ended:
            if (wrong := end()) is not None:
                self.fail(wrong)
        if "Traceback" in said and process.returncode >= 0:
            self.fail(f"a traceback: {said[-3000:]}")
        if left := _still_there(process.pid):
            self.fail(f"processes were left: {left}")
        if night.cap_usd is not None:
            read, written = (
                sum(each.tokens[n] for each in self.endpoint.exchanges[asked:] if each.tokens) for n in (0, 1)
            )
            if (cost := (read * INPUT_PRICE + written * OUTPUT_PRICE) / 1e6) > night.cap_usd:
                self.fail(f"{cost:.4f} USD were spent, the cap was {night.cap_usd}")
        return process.returncode, said

    def _read_books(self, night: Night, *, ended_well: bool) -> None:
        wrong = (
            self.books.faults(
                self.home,
                self.endpoint.exchanges,
                may_miss=self.may_miss,
                may_lose=self.may_lose,
                ended_well=ended_well,
            )
            if (self.home / "warehouse.duckdb").exists()
            else []
        )
        if wrong:
            self.fail("; ".join(wrong))
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(self.home)],
            cwd=self.folder,
            env=self.variables_of(Night(night.day)),
            capture_output=True,
            text=True,
            check=False,
            timeout=ENDS_WITHIN_S,
        )
        if done.returncode != 0 or "Traceback" in done.stderr:
            self.fail(f"a look at the home: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def command(
        self, name: str, variables: dict[str, str], *arguments: str, home: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in the home, or in another one."""
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, name, "--home", str(home or self.home), *arguments],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=ENDS_WITHIN_S,
        )

    def variables_of(self, night: Night) -> dict[str, str]:
        usual = {
            "OPPORTUNITIES": str(OPPORTUNITIES),
            "SCORER": "openai",
            "SCORER_CONCURRENCY": str(CONCURRENCY),
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.port}/v1",
            "OPENAI_MODEL": "demo-llm",
            "INPUT_PRICE": str(INPUT_PRICE),
            "OUTPUT_PRICE": str(OUTPUT_PRICE),
            "LLM_MAX_ATTEMPTS": "3",
            "LLM_TIMEOUT": "3",
            "LLM_MAX_WAIT": "2",
            "RETRY_BACKOFF_MINUTES": "0",
            "RETRY_MAX_ATTEMPTS": "100",
            "LOCK_TIMEOUT": "60",
        }
        if night.cap_usd is not None:
            usual["MAX_COST_USD"] = str(night.cap_usd)
        settings = {f"SYNTHDEAL_{name}": value for name, value in (usual | night.variables).items()}
        return plain_environment() | settings | {"PYTHONPATH": str(REPOSITORY), "OPENAI_API_KEY": "a-key-of-the-soak"}

    def fail(self, wrong: str) -> None:
        repeat = f"python -m synthdeal_assets_tests.soak.nights --seed {self.seed} --nights {self.number} --keep FOLDER"
        raise BooksAreWrong(f"seed {self.seed}, {self.log[-1]}: {wrong}\n{chr(10).join(self.log)}\nrepeat: {repeat}")


Fault: TypeAlias = Callable[[Walk, Night], None]


def _send_once(process: subprocess.Popen[str], what: signal.Signals, now: bool) -> None:
    if now and process.poll() is None:
        process.send_signal(what)


def _stop_at_event(
    process: subprocess.Popen[str], runs: Path, before: set[str], line: int, what: signal.Signals
) -> None:
    """Send a signal when the new run's log has so many lines; never when it ends before."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        for path in runs.glob("*/events.jsonl"):
            if path.parent.name not in before and path.read_bytes().count(b"\n") >= line:
                process.send_signal(what)
                return
        time.sleep(0.01)


def _still_there(session: int) -> list[str]:
    """What is left of a session after a while; a child needs a moment to see that its parent has gone."""
    for _ in range(100):
        left = []
        for each in psutil.process_iter(["pid", "name", "status"]):
            try:
                if os.getsid(each.pid) == session and each.info["status"] != psutil.STATUS_ZOMBIE:
                    left.append(f"{each.pid} {each.info['name']}")
            except ProcessLookupError:
                continue
        if not left:
            return []
        time.sleep(0.1)
    return left


# Faults of how the night ends.


def killed_at_an_answer(walk: Walk, night: Night) -> None:
    _stopped(walk, night, "answer", signal.SIGKILL)


def killed_at_an_event(walk: Walk, night: Night) -> None:
    _stopped(walk, night, "event", signal.SIGKILL)


def terminated(walk: Walk, night: Night) -> None:
    _stopped(walk, night, walk.draw.choice(("answer", "event")), signal.SIGTERM)


def interrupted(walk: Walk, night: Night) -> None:
    _stopped(walk, night, walk.draw.choice(("answer", "event")), signal.SIGINT)


def _stopped(walk: Walk, night: Night, what: str, how: signal.Signals) -> None:
    night.stop_at = (what, walk.draw.randint(1, 12 if what == "answer" else EVENTS_OF_A_NIGHT))
    night.stop_with, night.may_miss = how, CONCURRENCY
    if what == "answer":
        # So that there are so many: all deals are asked about as another model.
        night.variables["OPENAI_MODEL"] = f"demo-llm-{walk.number}"
    walk.endpoint.behaviour = dataclasses.replace(walk.endpoint.behaviour, latency_s=0.05)


def full_disk(walk: Walk, night: Night) -> None:
    largest = max(path.stat().st_size for path in walk.home.rglob("*") if path.is_file())
    night.prologue += FULL_DISK.format(walk.draw.choice((20_000, 200_000, largest - 100_000, largest + 50_000)))
    night.may_miss = CONCURRENCY


def a_second_run(walk: Walk, night: Night) -> None:
    def begin() -> Callable[[], str | None]:
        other = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "run", "--as-of", f"{night.day}", "--home", f"{walk.home}"],
            cwd=walk.folder,
            env=walk.variables_of(night),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

        def end() -> str | None:
            _, said = other.communicate(timeout=ENDS_WITHIN_S)
            return f"the second run: {said[-2000:]}" if other.returncode not in {0, 1} or "Traceback" in said else None

        return end

    night.beside.append(begin)


# Faults of the endpoint.


def endpoint_down(walk: Walk, night: Night) -> None:
    night.variables["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    night.variables["ENDPOINT_NAME"] = f"127.0.0.1:{walk.port}/v1"


def wrong_key(walk: Walk, night: Night) -> None:
    walk.endpoint.behaviour = dataclasses.replace(walk.endpoint.behaviour, api_key="another")


def another_endpoint(walk: Walk, night: Night) -> None:
    night.variables["ENDPOINT_NAME"] = f"moved-{walk.number}"
    # Asked anew, and rightly: the endpoint is no part of what the soak compares questions by.
    night.variables["OPENAI_MODEL"] = f"demo-llm-{walk.number}"


def a_cap(walk: Walk, night: Night) -> None:
    night.cap_usd = walk.draw.choice((0.02, 0.1, 0.3))
    night.variables["OPENAI_MODEL"] = f"demo-llm-{walk.number}"


def _at_rate(*outcomes: RequestOutcome) -> Fault:
    def fault(walk: Walk, night: Night) -> None:
        rate = walk.draw.choice((0.1, 0.3, 0.9)) / len(outcomes)
        walk.endpoint.behaviour = dataclasses.replace(
            walk.endpoint.behaviour, rates=dict.fromkeys(outcomes, rate), retry_after_s=0.2
        )
        _ask_about_much(walk, night)

    fault.__name__ = "_and_".join(outcomes)
    return fault


def odd_answers(oddity: Oddity) -> Fault:
    """A fault that does this to a share of the answers."""

    def fault(walk: Walk, night: Night) -> None:
        walk.endpoint.oddity = (oddity, walk.draw.choice((0.1, 0.4, 1.0)))
        _ask_about_much(walk, night)

    fault.__name__ = oddity.value
    return fault


def _ask_about_much(walk: Walk, night: Night) -> None:
    """Half of the time all deals are asked about as another model: a quiet night has a handful of questions."""
    if walk.draw.random() < 0.5:
        night.variables["OPENAI_MODEL"] = f"demo-llm-{walk.number}"


# Faults of what the night finds.


def torn_log(walk: Walk, night: Night) -> None:
    """A log of the warehouse that a kill and a crash of the machine left cut off."""
    warehouse = walk.home / "warehouse.duckdb"
    subprocess.run([sys.executable, "-c", TORN, str(warehouse)], check=False)
    log = warehouse.with_name("warehouse.duckdb.wal")
    if log.exists():
        os.truncate(log, walk.draw.randint(1, log.stat().st_size - 1))


def damaged_log(walk: Walk, night: Night) -> None:
    log = walk.home / "warehouse.duckdb.wal"
    if not log.exists():
        log.write_bytes(b"a diary " * 50)
        log.chmod(0o600)
        night.refused, night.remedy = True, log.unlink


def damaged_history(walk: Walk, night: Night) -> None:
    database = walk.home / walk.draw.choice(("dagster/history/runs/index.db", "dagster/schedules/schedules.db"))
    for log in database.parent.glob(f"{database.name}-*"):
        log.unlink()
    os.truncate(database, walk.draw.choice((0, 20_000)))

    def set_aside() -> None:
        done = walk.command("check", walk.variables_of(night), "--set-aside")
        if done.returncode != 1 or "Traceback" in done.stderr:
            walk.fail(f"check --set-aside ended with {done.returncode}: {done.stdout}{done.stderr}")

    night.refused, night.remedy = True, set_aside


def truncated_journal(walk: Walk, night: Night) -> None:
    """The journal of a killed run, cut off in its last line."""
    for path in (walk.home / "llm_journal").glob("*.jsonl"):
        content = path.read_bytes()
        if content.count(b"\n") > 2:
            path.write_bytes(content[: -walk.draw.randint(2, 200)])
            night.may_miss += 1
            night.may_lose += 1


def shell_on_the_warehouse(walk: Walk, night: Night) -> None:
    if (walk.home / "warehouse.duckdb.wal").exists():
        return  # It could not be opened for reading either.
    shell = _reader(walk.home / "warehouse.duckdb")

    def leave() -> None:
        shell.communicate("\n", timeout=30)

    night.refused, night.remedy = True, leave
    night.variables["LOCK_TIMEOUT"] = "1"


def _reader(database: Path) -> subprocess.Popen[str]:
    """A process that has a database open for reading until a line comes, and ends with 1 when what it reads changed."""
    program = [sys.executable, "-c", READER, str(database)]
    reader = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    reader.stdout.readline()
    return reader


def leases_left(walk: Walk, night: Night) -> None:
    for folder in ("dagster/alive", "llm_journal"):
        (walk.home / folder).mkdir(exist_ok=True, mode=0o700)
        (walk.home / folder / f"dead{walk.number}.lock").touch(mode=0o600)
        path = walk.home / folder / f"elsewhere{walk.number}.lock"
        held_on_another_machine(path, silent_s=100)
        path.chmod(0o600)


# Faults around the night.


def another_host_name(walk: Walk, night: Night) -> None:
    night.prologue += OTHER_HOST


def clock_set_back(walk: Walk, night: Night) -> None:
    night.prologue += AN_HOUR_BACK


def the_day_before_again(walk: Walk, night: Night) -> None:
    night.day -= dt.timedelta(days=walk.draw.choice((1, 3)))


def reader_of_the_copy(walk: Walk, night: Night) -> None:
    copy = walk.home / "published" / "synthdeal.duckdb"
    if not copy.exists():
        return
    reader = _reader(copy)

    def end() -> str | None:
        reader.communicate("\n", timeout=30)
        return "a reader of the published copy was disturbed" if reader.returncode else None

    night.beside.append(lambda: end)


def backup_during_the_run(walk: Walk, night: Night) -> None:
    target, restored = walk.folder / f"backup{walk.number}", walk.folder / f"restored{walk.number}"

    def begin() -> Callable[[], str | None]:
        time.sleep(walk.draw.random() * 4)
        variables = walk.variables_of(Night(night.day))
        steps = [walk.command("backup", variables, str(target))]
        if steps[0].returncode == 0:
            todo = (("restore", str(target)), ("check",), ("status",))
            steps += [walk.command(name, variables, *rest, home=restored) for name, *rest in todo]
        wrong = [f"{done.args[3:]}: {done.stdout[-500:]}{done.stderr[-900:]}" for done in steps if done.returncode]
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(restored, ignore_errors=True)
        return lambda: "; ".join(wrong) or None

    night.beside.append(begin)


def restored_elsewhere(walk: Walk, night: Night) -> None:
    """The home is backed up and restored, and goes on in the new place."""
    target, place = walk.folder / f"moved{walk.number}", walk.folder / f"home{walk.number}"
    variables = walk.variables_of(Night(night.day))
    for done in (
        walk.command("backup", variables, str(target)),
        walk.command("restore", variables, str(target), home=place),
    ):
        if done.returncode:
            walk.fail(f"{done.args[3:]}: {done.stdout}{done.stderr}")
    shutil.rmtree(target)
    shutil.rmtree(walk.home)
    walk.home = place


def another_scorer(walk: Walk, night: Night) -> None:
    night.variables["SCORER"] = walk.draw.choice(("heuristic", "hybrid"))


def another_prompt(walk: Walk, night: Night) -> None:
    prompts = walk.folder / "prompts"
    if not prompts.exists():
        (prompts / "scoring").mkdir(parents=True)
        own = (REPOSITORY / "synthdeal_assets/scoring/prompts/system.j2").read_text("utf-8")
        (prompts / "scoring" / "system.j2").write_text(f"{own}\nBe brief.\n", "utf-8")
    night.variables["PROMPTS"] = str(prompts)


FAULTS: Final[dict[str, list[Fault]]] = {
    "ending": [killed_at_an_answer, killed_at_an_event, terminated, interrupted, full_disk, a_second_run],
    "endpoint": [
        endpoint_down,
        wrong_key,
        another_endpoint,
        a_cap,
        _at_rate(RequestOutcome.RATE_LIMITED),
        _at_rate(RequestOutcome.UNAVAILABLE, RequestOutcome.SERVER_ERROR),
        _at_rate(RequestOutcome.RESET, RequestOutcome.RESET_AFTER_HEADERS),
        _at_rate(RequestOutcome.HANG),
        _at_rate(RequestOutcome.QUOTA),
        _at_rate(RequestOutcome.MALFORMED, RequestOutcome.SCHEMA_VIOLATION, RequestOutcome.TRUNCATED),
        _at_rate(RequestOutcome.REFUSED, RequestOutcome.EMPTY, RequestOutcome.NO_USAGE),
        *map(odd_answers, Oddity),
    ],
    "found": [torn_log, damaged_log, damaged_history, truncated_journal, shell_on_the_warehouse, leases_left],
    "around": [
        another_host_name,
        clock_set_back,
        the_day_before_again,
        reader_of_the_copy,
        backup_during_the_run,
        restored_elsewhere,
        another_scorer,
        another_prompt,
    ],
}
"""Faults by group: a night has at most one of each, in the order of the draw."""


@contextmanager
def soaking(folder: Path, seed: int) -> Iterator[Walk]:
    """A walk with its endpoint while the block lasts."""
    endpoint = BadEndpoint()
    with ServerThread(endpoint) as listening:
        yield Walk(folder, seed, endpoint, listening.port)


def main() -> None:
    """Walk seeds and print what they met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, nargs="+", required=True)
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="folder that the home is left in")
    asked = parser.parse_args()
    met: Counter[str] = Counter()
    for seed in asked.seed:
        folder = asked.keep or Path(tempfile.mkdtemp())
        folder.mkdir(exist_ok=True)
        with soaking(folder.resolve(), seed) as walk:
            try:
                walk.walk(asked.nights)
                print(f"seed {seed} held", *walk.log, sep="\n  ", flush=True)  # noqa: T201
            except BooksAreWrong as failure:
                print(f"FAILED {folder}\n{failure}", flush=True)  # noqa: T201
            met.update(walk.met)
    print(dict(met), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
