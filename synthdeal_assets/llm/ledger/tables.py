"""The tables of the ledger: every request that was sent to a language model, and who is about to ask what.

What is done with them belongs in `ledger.py`.
"""

from typing import Final, get_args

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.llm.ledger.calls import CallStatus

LLM_CALLS: Final = Table(
    "scoring",
    "llm_calls",
    "One request to a language model, paid or not. An answer that was paid for once is taken from here.",
    (
        Column("call_id", "VARCHAR", "The request."),
        Column(
            "key",
            "VARCHAR",
            "SHA-256 of input hash, provider, model, prompt version and parameters: the same key, the same question.",
        ),
        Column(
            "opportunity_id",
            "VARCHAR",
            "What was asked about; may have left the world since. The twin of a planted deal has an id of its own.",
        ),
        Column("provider", "VARCHAR", "Provider, as OpenTelemetry's gen_ai.provider.name."),
        Column("endpoint", "VARCHAR", "Address that was asked, without credentials."),
        Column("model", "VARCHAR", "Model that was asked for, as gen_ai.request.model."),
        Column(
            "response_model",
            "VARCHAR",
            "Model that answered by its own account, as gen_ai.response.model; NULL when none did.",
            nullable=True,
        ),
        Column("prompt_version", "VARCHAR", "Version of the prompt, made from its content."),
        Column("parameters", "VARCHAR", "Parameters that were sent, as JSON."),
        Column(
            "status",
            "VARCHAR",
            "success; unusable: answered and paid for, but malformed, truncated or refused; failed: no answer; "
            "cancelled: under way when the run ended, perhaps paid for; damaged: a success that can no longer be read.",
            values=get_args(CallStatus),
        ),
        Column("attempts", "INTEGER", "Requests for this question in this run, up to this one.", minimum=1),
        Column(
            "input_tokens",
            "BIGINT",
            "Tokens read, cached ones included; NULL when the endpoint did not say.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "cached_input_tokens",
            "BIGINT",
            "Of the tokens read, those from the provider's cache; NULL when the endpoint did not say.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "output_tokens",
            "BIGINT",
            "Tokens written, thinking included; NULL when the endpoint did not say.",
            nullable=True,
            minimum=0,
        ),
        Column(
            "cost_usd",
            "DOUBLE",
            "Cost in USD; 0 when nothing was charged, NULL when price or tokens are unknown.",
            nullable=True,
            minimum=0,
        ),
        Column("price_version", "VARCHAR", "Price list behind the cost; NULL without one.", nullable=True),
        Column("asked_at", "TIMESTAMP", "When it was sent, UTC."),
        Column("latency_ms", "DOUBLE", "Milliseconds until the answer or the failure.", minimum=0),
        Column("run_id", "VARCHAR", "Dagster run that sent it; of a comparison, its id."),
        Column("error_class", "VARCHAR", "Kind of failure; NULL for a success.", nullable=True),
        Column(
            "error_message",
            "VARCHAR",
            "What went wrong, secrets removed, and what had to be replaced to be stored; NULL when there is neither.",
            nullable=True,
        ),
        Column("answer", "VARCHAR", "The answer to the letter; NULL when none came.", nullable=True),
    ),
    ("call_id",),
)

LLM_CLAIMS: Final = Table(
    "scoring",
    "llm_claims",
    "A question that a run is about to ask, so that no other run asks it too. Empty when no run is scoring.",
    (
        Column("key", "VARCHAR", "The question, as in scoring.llm_calls."),
        Column("opportunity_id", "VARCHAR", "What it is about."),
        Column("run_id", "VARCHAR", "Dagster run that will ask."),
        Column("host", "VARCHAR", "Machine of the run."),
        Column("pid", "BIGINT", "Process of the run."),
        Column("process_started", "DOUBLE", "When that process started, in seconds since 1970."),
        Column("claimed_at", "TIMESTAMP", "When it was claimed or last confirmed, UTC."),
    ),
    ("key",),
)
