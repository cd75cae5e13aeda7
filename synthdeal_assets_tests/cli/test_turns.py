"""A second run takes its turn however long the first one takes, up to a setting of its own."""

from __future__ import annotations

import fcntl
import logging
import threading
from pathlib import Path

import dagster as dg

from synthdeal_assets.cli.home import LOCK_NAME, only_run
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.failure_codes import failing_with


def test_a_turn_is_waited_for_longer_than_for_the_warehouse_and_the_message_says_what_for(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, lock_timeout=0)
    entered, waiting = threading.Event(), threading.Event()

    class Waits(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == f"Waiting for another run in {tmp_path} (process 12), up to 86,400 s":
                waiting.set()

    def second_run() -> None:
        with dg.DagsterInstance.ephemeral() as instance, only_run(settings, instance):
            entered.set()

    handler = Waits()
    logging.getLogger("synthdeal_assets.cli.home").addHandler(handler)
    try:
        with (tmp_path / LOCK_NAME).open("w+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("process 12")
            lock.flush()
            second = threading.Thread(target=second_run)
            second.start()
            assert waiting.wait(30)
            assert not entered.is_set()
        assert entered.wait(30)
        second.join()
    finally:
        logging.getLogger("synthdeal_assets.cli.home").removeHandler(handler)


def test_a_turn_that_does_not_come_in_time_is_given_up_with_the_setting(tmp_path: Path) -> None:
    with (tmp_path / LOCK_NAME).open("w+") as lock, dg.DagsterInstance.ephemeral() as instance:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            failing_with("home.run-in-progress", naming="SYNTHDEAL_TURN_TIMEOUT"),
            only_run(Settings(home=tmp_path, turn_timeout=0, lock_timeout=60), instance),
        ):
            pass
