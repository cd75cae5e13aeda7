"""The tables of the ledger: every request that was sent to a language model, and who is about to ask what.

What is done with them belongs in `ledger.py`.
"""

from typing import Final, get_args

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.llm.ledger.calls import CallStatus

SCHEMA: Final = "scoring"
"""Where homes have had both tables from the first; the name is a contract, the room is not meant."""

LLM_CALLS: Final = Table(
    SCHEMA,
    "llm_calls",
    "One request to a language model, paid or not. Paid answers are reused from here.",
    (
        Column("call_id", "VARCHAR", "The request."),
        Column(
            "key",
            "VARCHAR",
            "SHA-256 of input hash, provider, model, prompt version, parameters and endpoint; the same key means the "
            "same question.",
        ),
        Column(
            "subject_id",
            "VARCHAR",
            "Id of what was asked about, as the room that asked knows it; may no longer exist.",
        ),
        Column("provider", "VARCHAR", "Provider, as OpenTelemetry's gen_ai.provider.name."),
        Column("endpoint", "VARCHAR", "Address of the endpoint, without credentials."),
        Column("model", "VARCHAR", "Model that was requested, as gen_ai.request.model."),
        Column(
            "response_model",
            "VARCHAR",
            "Model named in the answer, as gen_ai.response.model; NULL when none was named.",
            nullable=True,
        ),
        Column("prompt_version", "VARCHAR", "Version of the prompt, derived from its content."),
        Column("parameters", "VARCHAR", "Parameters that were sent, as JSON."),
        Column(
            "status",
            "VARCHAR",
            "success; unusable: answered and paid for, but malformed, truncated or refused; failed: no answer; "
            "cancelled: in flight when the run ended or was killed, perhaps paid for; damaged: a success that can no "
            "longer be read.",
            values=get_args(CallStatus),
        ),
        Column(
            "attempts", "INTEGER", "Requests for this question in this run, up to and including this one.", minimum=1
        ),
        *(
            Column(name, "BIGINT", f"{what}; NULL when the endpoint did not report them.", nullable=True, minimum=0)
            for name, what in (
                ("input_tokens", "Input tokens, including cached ones"),
                ("cached_input_tokens", "Input tokens served from the provider's cache"),
                ("output_tokens", "Output tokens, including reasoning"),
            )
        ),
        Column(
            "cost_usd",
            "DOUBLE",
            "Cost in USD; 0 when nothing was charged, NULL when price or tokens are unknown.",
            nullable=True,
            minimum=0,
        ),
        Column("price_version", "VARCHAR", "Price list behind the cost; NULL without one.", nullable=True),
        Column("asked_at", "TIMESTAMP", "When the request was sent, UTC."),
        Column("latency_ms", "DOUBLE", "Milliseconds until the answer or the failure.", minimum=0),
        Column("run_id", "VARCHAR", "Dagster run that sent it, or the id of the comparison."),
        Column("error_class", "VARCHAR", "Kind of failure; NULL for a success.", nullable=True),
        Column(
            "error_message",
            "VARCHAR",
            "What went wrong, without secrets, and what was replaced to be storable; NULL when there is neither.",
            nullable=True,
        ),
        Column("answer", "VARCHAR", "The answer, verbatim; NULL when none came.", nullable=True),
        Column(
            "purpose",
            "VARCHAR",
            "Purpose of the request: the room that asked. Every reader filters by one purpose.",
        ),
        Column(
            "counted_usd",
            "DOUBLE",
            "USD that count against a cap: the cost, or the worst case of an unknown one; NULL when the price is "
            "unknown too.",
            nullable=True,
            minimum=0,
        ),
    ),
    ("call_id",),
)

LLM_CLAIMS: Final = Table(
    SCHEMA,
    "llm_claims",
    "A question that an execution is about to ask, so that no other asks it as well. Empty when no model is being "
    "asked.",
    (
        Column("key", "VARCHAR", "The question, as in the table of requests."),
        Column("subject_id", "VARCHAR", "Id of what the question is about."),
        Column("run_id", "VARCHAR", "Dagster run that will ask."),
        Column("host", "VARCHAR", "Machine that it runs on."),
        Column("pid", "BIGINT", "Process that it runs in."),
        Column("process_started", "DOUBLE", "When that process started, in seconds since 1970."),
        Column("claimed_at", "TIMESTAMP", "When it was claimed or last confirmed, UTC."),
        Column("purpose", "VARCHAR", "Purpose of the question."),
        Column("execution_id", "VARCHAR", "Execution that will ask; a run may have several."),
    ),
    ("key",),
)
