"""A model server on loopback for tests and benchmarks: the application of `synthdeal demo-llm`, with faults and counts.

What it can do and how it decides belongs in `synthdeal_assets/demo_llm/`; here it is only started, told and read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from synthdeal_assets.demo_llm.answers import Judge, judge_by_hash
from synthdeal_assets.demo_llm.counts import Counts
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.demo_llm.server import ModelServer, ServerThread


class LlmServer:
    """The server on a free loopback port while the block lasts, in a thread of this process.

    `with LlmServer(Behaviour(rates={Outcome.RATE_LIMITED: 0.1}, seed=7)) as server: ... server.counts() ...`

    Args:
        behaviour: How it behaves at first.
        judge: What an opportunity is judged by; a hash of its id by default.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, judge: Judge = judge_by_hash) -> None:
        self._server = ModelServer(behaviour, judge)
        self._thread = ServerThread(self._server)

    @property
    def anthropic_base_url(self) -> str:
        """What an Anthropic client takes as its base URL."""
        return f"http://127.0.0.1:{self._thread.port}"

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"{self.anthropic_base_url}/v1"

    @property
    def behaviour(self) -> Behaviour:
        """How the server behaves now; assign another one to change it."""
        return self._server.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._server.behaviour = behaviour

    def change(self, **changes: Any) -> None:
        """Change some values of the behaviour, for requests that arrive from now on."""
        self.behaviour = dataclasses.replace(self.behaviour, **changes)

    def counts(self) -> Counts:
        """What has been asked and what became of it."""
        return self._server.tally.counts()

    def bodies(self) -> Sequence[dict[str, Any]]:
        """The bodies of the last 200 requests, oldest first."""
        return self._server.tally.bodies()

    def reset_counts(self) -> None:
        """Begin to count anew; an opportunity's next request is its first again."""
        self._server.tally.reset()

    def __enter__(self) -> Self:
        self._thread.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.__exit__(kind, error, traceback)
