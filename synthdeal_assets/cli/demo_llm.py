"""`synthdeal demo-llm`: the simulated model server in the foreground, for people without a key.

What it answers, and which faults it can act out, belongs in `synthdeal_assets/demo_llm/`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.demo_llm.faults import Behaviour, parse_rates
from synthdeal_assets.demo_llm.server import DEMO_MODEL, ModelServer, ServerThread
from synthdeal_assets.demo_llm.truth import TruthJudge
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.request_guard import address_of, listens_on_loopback
from synthdeal_assets.settings import Settings

ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MAX_LATENCY_S: Final = 3600


def serve_demo_llm(
    settings: Settings,
    *,
    host: str,
    port: int,
    latency: float,
    noise: float,
    seed: int,
    faults: Sequence[str] = (),
    retry_after: float = 1.0,
    gullible: float = 0.0,
) -> int:
    """Serve until the user, or whoever started the command, ends it.

    Args:
        settings: Where the warehouse is whose truth is told.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        latency: Seconds before an answer.
        noise: Probability that a level is off by one.
        seed: Seed of noise and faults.
        faults: Rates of faults, each written as `kind=rate`.
        retry_after: Seconds that an answer 429 asks to wait.
        gullible: Probability that an instruction in the notes is obeyed.

    Returns:
        The exit code: 0 when ended from outside, which is how it is meant to end.

    Raises:
        SynthDealError: The port is taken, a rate is not one, or another value is out of its range.
    """
    for flag, value, most in (("latency", latency, MAX_LATENCY_S), ("noise", noise, 1), ("gullible", gullible, 1)):
        # Written so that NaN is refused too.
        if not 0 <= value <= most:
            raise SynthDealError(
                f"--{flag} {value:g} is out of range: give a number from 0 to {most:g}.",
                code="demo-llm.number-out-of-range",
                usage=True,
            )
    behaviour = Behaviour(
        seed=seed,
        latency_s=latency,
        rates=parse_rates(faults),
        retry_after_s=retry_after,
        # Scores are kept under the name of the model that was asked: that of a real one must never be answered to.
        served_models=DEMO_MODEL,
        gullible=gullible,
    )
    # Nobody reads the requests here, and a prompt is large.
    server = ModelServer(behaviour, TruthJudge(settings, noise=noise, seed=seed), kept_requests=0)
    try:
        running = ServerThread(server, host=host, port=port, further_names=settings.ui.served_names)
    except OSError as error:
        raise SynthDealError(
            f"Port {port} of {host} cannot be used ({error.strerror}): choose another port with --port, or stop the "
            "program that uses it.",
            code="cli.port-in-use",
        ) from error
    with _until_ended() as ended, running:
        _introduce(settings, address_of(host, running.port), noise)
        if not listens_on_loopback(host):
            messages.print(
                f"With --host {host}, other machines can send requests too, without a key: this costs you nothing and "
                "reveals only simulated scores of a synthetic world.",
                style="yellow",
            )
        ended.wait()
    results.print(server.tally.counts().sentence())
    return 0


def _introduce(settings: Settings, address: str, noise: float) -> None:
    results.print(f"demo-llm listens at {address} (Ctrl-C stops it).")
    results.print(
        "All its answers are simulated; there is no language model. It reads the hidden truth of the synthetic "
        f"world in {settings.storage.home}, gets each level wrong by one with probability {noise:g}, and says so in "
        "every answer.",
    )
    results.print(
        f"It serves the model {DEMO_MODEL} and any model whose name starts with that (such as {DEMO_MODEL}-2, to "
        "compare two), each with errors of its own. It refuses every other name, so that no simulated score can pass "
        "for a real model's.",
    )
    if not settings.storage.warehouse_path.exists():
        messages.print(
            f"There is no warehouse at {settings.storage.warehouse_path} yet: until there is one, levels come from a "
            "hash.",
            style="yellow",
        )
    results.print("To score with it, in another terminal:")
    results.print(
        f"SYNTHDEAL_SCORER=openai SYNTHDEAL_OPENAI_BASE_URL={address}/v1 SYNTHDEAL_OPENAI_MODEL={DEMO_MODEL} "
        "synthdeal run",
    )
    results.print(
        f"SYNTHDEAL_SCORER=anthropic SYNTHDEAL_ANTHROPIC_BASE_URL={address} SYNTHDEAL_ANTHROPIC_MODEL={DEMO_MODEL} "
        "synthdeal run",
    )


@contextmanager
def _until_ended() -> Iterator[threading.Event]:
    """An event that every signal sets which asks a program to end."""
    ended = threading.Event()
    before = {name: signal.signal(name, lambda *_: ended.set()) for name in ENDING_SIGNALS}
    try:
        yield ended
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
