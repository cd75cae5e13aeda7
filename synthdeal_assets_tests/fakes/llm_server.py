"""A model server on loopback for tests and benchmarks: the application of `synthdeal demo-llm`, with faults and counts.

What it can do and how it decides belongs in `synthdeal_assets/demo_llm/`; here it is only started, told and read.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import psutil

from synthdeal_assets.demo_llm.answers import Judge, judge_by_hash
from synthdeal_assets.demo_llm.counts import Counts
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.demo_llm.server import ModelServer, ServerThread

ENDS_WITHIN_S = 10.0


class LlmServer:
    """The server on a free loopback port while the block lasts.

    `with LlmServer(Behaviour(rates={Outcome.RATE_LIMITED: 0.1}, seed=7)) as server: ... server.counts() ...`

    Args:
        behaviour: How it behaves at first.
        judge: What an opportunity is judged by; a hash of its id by default. With its own process it must be a
            function of a module.
        own_process: Run in a process of its own instead of a thread, so that it takes no time from what is measured.
    """

    def __init__(
        self, behaviour: Behaviour | None = None, *, judge: Judge = judge_by_hash, own_process: bool = False
    ) -> None:
        self._behaviour = behaviour or Behaviour()
        self._running: _InThread | _InProcess
        self._running = (_InProcess if own_process else _InThread)(self._behaviour, judge)

    @property
    def anthropic_base_url(self) -> str:
        """What an Anthropic client takes as its base URL."""
        return f"http://127.0.0.1:{self._running.port}"

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"{self.anthropic_base_url}/v1"

    @property
    def behaviour(self) -> Behaviour:
        """How the server behaves now; assign another one to change it."""
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._running.behave(behaviour)
        self._behaviour = behaviour

    def change(self, **changes: Any) -> None:
        """Change some values of the behaviour, for requests that arrive from now on."""
        self.behaviour = dataclasses.replace(self.behaviour, **changes)

    def counts(self) -> Counts:
        """What has been asked and what became of it."""
        return self._running.counts()

    def bodies(self) -> Sequence[dict[str, Any]]:
        """The bodies of the last 200 requests, oldest first."""
        return self._running.bodies()

    def reset_counts(self) -> None:
        """Begin to count anew; an opportunity's next request is its first again."""
        self._running.reset_counts()

    def cpu_s(self) -> float:
        """Seconds of CPU that the server's process has used; with no process of its own, this whole process."""
        times = psutil.Process(self._running.pid).cpu_times()
        return float(times.user + times.system)

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.stop()


class _InThread:
    """The server in a thread of this process."""

    def __init__(self, behaviour: Behaviour, judge: Judge) -> None:
        self._server = ModelServer(behaviour, judge)
        self._thread = ServerThread(self._server)
        self.port = self._thread.port
        self.pid: int | None = None

    def start(self) -> None:
        self._thread.__enter__()

    def stop(self) -> None:
        self._thread.__exit__(None, None, None)

    def behave(self, behaviour: Behaviour) -> None:
        self._server.behaviour = behaviour

    def counts(self) -> Counts:
        return self._server.tally.counts()

    def bodies(self) -> list[dict[str, Any]]:
        return self._server.tally.bodies()

    def reset_counts(self) -> None:
        self._server.tally.reset()


class _InProcess:
    """The server in a process of its own, told and read over a pipe."""

    def __init__(self, behaviour: Behaviour, judge: Judge) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = spawn.Pipe()
        self._lock = threading.Lock()
        self._process = spawn.Process(target=_serve, args=(self._theirs, behaviour, judge), daemon=True)
        self.port = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self) -> None:
        self._process.start()
        # With this end open here too, a server that died would be waited for.
        self._theirs.close()
        self.port = self._pipe.recv()

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(ENDS_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def behave(self, behaviour: Behaviour) -> None:
        self._ask("behave", behaviour)

    def counts(self) -> Counts:
        counts: Counts = self._ask("counts")
        return counts

    def bodies(self) -> list[dict[str, Any]]:
        bodies: list[dict[str, Any]] = self._ask("bodies")
        return bodies

    def reset_counts(self) -> None:
        self._ask("reset_counts")

    def _ask(self, name: str, *arguments: Any) -> Any:
        with self._lock:
            self._pipe.send((name, arguments))
            return self._pipe.recv()


def _serve(pipe: Connection, behaviour: Behaviour, judge: Judge) -> None:
    """The server's process: serves and obeys until the other end of the pipe is closed, by whatever."""
    running = _InThread(behaviour, judge)
    running.start()
    with suppress(EOFError, KeyboardInterrupt):
        pipe.send(running.port)
        while True:
            name, arguments = pipe.recv()
            pipe.send(getattr(running, name)(*arguments))
    running.stop()
