"""The room that asks language models. Its tables are filled by whoever asks, so it has no assets of its own."""

from typing import Final

from synthdeal_assets.foundation.room import Room
from synthdeal_assets.llm.ledger.tables import LLM_CALLS, LLM_CLAIMS

ROOM: Final = Room("llm", tables=(LLM_CALLS, LLM_CLAIMS))
