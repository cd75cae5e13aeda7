"""Hands out the questions that are this execution's to ask, and the answers that the ledger holds.

Questions are claimed in chunks, so that several executions can share the work of one run. What the tables do belongs in
`ledger.py`, asking in `engine.py`, and storing what comes of it in `ask_all.py`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, Generic, Protocol

from synthdeal_assets.llm.engine import Answer, Asker, FollowUp, QuestionError, S, V, V_co
from synthdeal_assets.llm.ledger.context import LedgerContext
from synthdeal_assets.llm.ledger.dead_executions import take_in_dead
from synthdeal_assets.llm.ledger.ledger import KnownAnswer, claim, known_answers, mark_damaged

LOOK_AGAIN_S: Final = 1.0
"""Seconds between two looks at questions that another execution is about to ask."""


class LedgerAsker(Asker[S, V_co], Protocol[S, V_co]):
    """An asker whose answers may be in the ledger."""

    def question_key(self, question: S) -> str | None:
        """The ledger's key of a question; None when nothing is paid for an answer."""

    def subject_id(self, question: S) -> str:
        """What a question is about."""

    def read(self, question: S, text: str) -> V_co | FollowUp[S]:
        """What an answer of the ledger says.

        Raises:
            QuestionError: The text is not a valid answer.
        """


class QuestionQueue(Generic[S, V]):
    """The questions of one execution, used from one event loop.

    Args:
        asker: Knows the key of a question and reads answers.
        questions: What is to be asked.
        ledger: Where answers are looked for and questions claimed.
        chunk: Questions that are claimed at a time.

    Attributes:
        damaged: Answers in the ledger that could not be read and are asked for again.
        pays: Whether any of the questions is paid for.
    """

    def __init__(
        self,
        asker: LedgerAsker[S, V],
        questions: Iterable[S],
        ledger: LedgerContext,
        *,
        chunk: int,
    ) -> None:
        keyed = [(asker.question_key(question), question) for question in questions]
        self.damaged = 0
        self.pays: Final = any(key is not None for key, _ in keyed)
        self._asker = asker
        self._ledger = ledger
        self._chunk = chunk
        self._ready: deque[S | Answer[S, V]] = deque(question for key, question in keyed if key is None)
        self._unseen = [(key, question) for key, question in keyed if key is not None]
        # The loop adds to the first and the thread takes from it; the others are the thread's while it fills.
        self._added: deque[S] = deque()
        self._unclaimed: deque[tuple[str, S]] = deque()
        self._elsewhere: list[tuple[str, S]] = []
        self._filling: asyncio.Task[None] | None = None
        self._waited = True
        self._stopped = asyncio.Event()

    async def next(self) -> S | Answer[S, V] | None:
        """The next question to ask, or an answer of the ledger; None when there is nothing more."""
        while not self._stopped.is_set():
            if len(self._ready) <= self._chunk // 2:
                self._fill_soon()
            if self._ready:
                return self._ready.popleft()
            if self._filling is None:
                return None
            await asyncio.wait({self._filling})
        return None

    def add(self, question: S) -> None:
        """Another question: an answer has led to it."""
        self._added.append(question)

    def stop(self) -> None:
        """Nothing more will be taken."""
        self._stopped.set()

    def _fill_soon(self) -> None:
        """See to it that more is being got ready where there is more.

        Raises:
            Exception: Whatever the last filling raised.
        """
        if self._filling is not None and self._filling.done():
            filled, self._filling = self._filling, None
            filled.result()
        if self._filling is None and (self._unseen or self._added or self._unclaimed or self._elsewhere):
            self._filling = asyncio.create_task(self._fill())
            # What went wrong is raised where the next question is taken, if one is.
            self._filling.add_done_callback(lambda filled: filled.cancelled() or filled.exception())

    async def _fill(self) -> None:
        if not (self._unseen or self._added or self._unclaimed or self._waited):
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._stopped.wait()
            except TimeoutError:
                self._waited = True
        if not self._stopped.is_set():
            await asyncio.to_thread(self._get_ready)

    def _get_ready(self) -> None:
        """Find which questions have an answer by now, and claim a chunk of the others."""
        if self._unseen:
            self._unclaimed.extend(self._look_up(self._unseen))
            self._unseen = []
        while self._added:
            self._unclaimed.append(self._keyed(self._added.popleft()))
        if not self._unclaimed:
            self._unclaimed.extend(self._look_up(self._elsewhere))
            self._elsewhere, self._waited = [], False
        if self._unclaimed:
            self._claim([self._unclaimed.popleft() for _ in range(min(self._chunk, len(self._unclaimed)))])

    def _look_up(self, questions: Sequence[tuple[str, S]]) -> list[tuple[str, S]]:
        """Get the answers of the ledger ready, those of dead executions too; returns the questions that have none."""
        ledger, unknown = self._ledger, []
        while questions:
            with ledger.warehouse.transaction() as connection:
                taken = take_in_dead(connection, ledger.journals)
                keys = [key for key, _ in questions]
                known = known_answers(connection, keys, purpose=ledger.purpose, not_before=ledger.not_before)
            taken.remove()
            damaged, followed = [], []
            for key, question in questions:
                found = known.get(key)
                value = None if found is None else self._read(question, found)
                if value is None:
                    unknown.append((key, question))
                    damaged += [] if found is None else [found.call_id]
                elif isinstance(value, FollowUp):
                    followed.append(self._keyed(value.question))
                else:
                    self._ready.append(value)
            if damaged:
                self.damaged += len(damaged)
                with ledger.warehouse.transaction() as connection:
                    mark_damaged(connection, damaged)
            questions = followed
        return unknown

    def _claim(self, questions: Sequence[tuple[str, S]]) -> None:
        """Claim questions; those that are another execution's, or were answered meanwhile, are looked up later."""
        ledger = self._ledger
        with ledger.warehouse.transaction() as connection:
            mine = claim(
                connection,
                {key: self._asker.subject_id(question) for key, question in questions},
                purpose=ledger.purpose,
                run_id=ledger.run_id,
                execution_id=ledger.execution_id,
                now=ledger.now(),
                not_before=ledger.not_before,
            )
        for key, question in questions:
            if key in mine:
                # The same question a second time waits for the answer to the first.
                mine.remove(key)
                self._ready.append(question)
            else:
                self._elsewhere.append((key, question))

    def _keyed(self, question: S) -> tuple[str, S]:
        key = self._asker.question_key(question)
        if key is None:
            raise ValueError("A question that an answer in the ledger led to has no key")
        return key, question

    def _read(self, question: S, known: KnownAnswer) -> Answer[S, V] | FollowUp[S] | None:
        """What an answer of the ledger says; None when it can no longer be read."""
        try:
            value = self._asker.read(question, known.text)
        except QuestionError:
            return None
        if isinstance(value, FollowUp):
            return value
        return Answer(question, value, self._ledger.now(), known.latency_ms, known.usage, from_ledger=True)
