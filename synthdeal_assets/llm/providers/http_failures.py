"""Which answer of an endpoint, and which failure of the network on the way to it, is which kind of failure.

Written for the vendors' own endpoints and for what their imitators answer: vLLM, Ollama, llama.cpp, LiteLLM, Azure,
OpenRouter, Groq, Mistral, Gemini. What is done about a kind belongs in `failures.py` and `client.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.providers.stated_wait import asked_wait_s, reset_wait_s
from synthdeal_assets.llm.storable import decoded_json

QUOTED_CHARACTERS: Final = 300
"""An endpoint's own words are quoted up to this length."""

READ_CHARACTERS: Final = 4_000
"""No more of an endpoint's words is looked at."""

CLIENT_CLOSED: Final = 499
"""What servers answer that take the client to have gone, and Google that the request was cancelled."""

LONG_WORK_S: Final = 3.0
"""An outage is answered at once, and a model needs seconds to write: a failure that comes later may be charged for."""

_OUTPUT_WORDS: Final = re.compile(
    r"(?:pars(?:e|ed|ing)|match\w*|invalid|unexpected|malformed|produced|generat\w+|decod\w+|incomplete|truncated)\b.{0,80}"
    r"\b(?:output|format|utf-?8|json|grammar|tool[ _]calls?|completion)\b"
    r"|\b(?:output|completion|tool[ _]calls?)\b.{0,80}\b(?:pars(?:e|ed|ing)|match\w*|invalid|malformed|incomplete"
    r"|truncated|cut off|too long)\b"
    r"|json\.exception|failed to parse input at pos|ill-formed utf|\bmax(?:imum)?[_ ](?:\w+[_ ])?tokens"
    r"|context[ _](?:size|length|window|shift)|\bn_ctx\b",
    re.IGNORECASE,
)
"""A server that speaks of these has written; llama.cpp does so when the token limit cuts a character in two."""

_AUTHENTICATION_CODES: Final = frozenset({"invalid_api_key", "authentication_error", "api_key_invalid", "unauthorized"})
_AUTHENTICATION_WORDS: Final = re.compile(
    r"(?:invalid|incorrect|missing|no) (?:api[ -]?key|x-api-key|authentication)"
    r"|api[ -]?key (?:is )?(?:not valid|invalid|missing|expired)",
    re.IGNORECASE,
)

_QUOTA_CODES: Final = frozenset(
    {"insufficient_quota", "billing_error", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits"}
)
_QUOTA_WORDS: Final = re.compile(
    r"insufficient[ _](?:quota|credits?|balance|funds)|credit balance is too low|credits? (?:is|are|have been) depleted"
    r"|billing (?:hard )?limit|billing is not active|out of credits|payment required"
    r"|reached your specified \w* ?usage limits|spend(?:ing)? limit",
    re.IGNORECASE,
)
"""Never "billing" or "quota" alone: the ordinary rate limits of OpenAI and Azure give advice about both."""
_PERHAPS_QUOTA_WORDS: Final = re.compile(r"exceeded your current quota", re.IGNORECASE)
"""OpenAI says so of an empty account, Gemini of a limit per minute too."""

_RATE_CODES: Final = frozenset({"rate_limit_exceeded", "rate_limit_error", "ratelimitexceeded", "too_many_requests"})
_RATE_WORDS: Final = re.compile(
    r"\b(?:per|a|each)[ _]?(?:second|minute|hour|day)\b|per(?:second|minute|hour|day)(?!s\b)|\b[RT]P[SMHD]\b"
    r"|/ ?min\b|rate[ _]limit(?!s\b)",
    re.IGNORECASE,
)

_CONTENT_CODES: Final = frozenset(
    {"content_filter", "content_policy_violation", "responsibleaipolicyviolation", "content_filter_error"}
)
_CONTENT_WORDS: Final = re.compile(
    r"content (?:management |filter(?:ing)? )?policy|content filter|(?:prompt|input|output|request|content) was flagged"
    r"|violat\w+ (?:\w+ )?(?:usage|content|safety) polic|safety system",
    re.IGNORECASE,
)
_FLAGGED_WORDS: Final = re.compile(r"requires moderation|(?:prompt|input) was flagged", re.IGNORECASE)
"""The only words for which a 403 is about one request and not about the key."""

_MODEL_CODES: Final = frozenset(
    {"model_not_found", "model_not_available", "model_decommissioned", "model_deprecated", "deploymentnotfound"}
)
_MODEL_GONE_WORDS: Final = re.compile(
    r"shut ?down|deprecated|retired|decommissioned|discontinued|end[ -]of[ -]life|sunset"
    r"|no longer (?:available|supported|served|offered)|has been removed",
    re.IGNORECASE,
)
_MODEL_UNKNOWN_WORDS: Final = re.compile(
    r"(?:invalid|unknown|unrecogni[sz]ed|no such|unsupported) model\b"
    r"|\bmodel\b.{0,250}?(?:not exist|doesn't exist|not found|is not available|could not be found|is not a valid)",
    re.IGNORECASE | re.DOTALL,
)
_MODEL_WORD: Final = re.compile(r"\b(?:models?|deployment)\b", re.IGNORECASE)

_TOO_LONG_CODES: Final = frozenset({"context_length_exceeded", "exceed_context_size_error", "request_too_large"})
_TOO_LONG_WORDS: Final = re.compile(
    r"context[ _](?:length|window|size)|maximum context|(?:prompt|input) is too long|too many (?:input )?tokens",
    re.IGNORECASE,
)

_REFUSAL_WORDS: Final = re.compile(
    r"unsupported|n[o']t support|only support|supported values|unrecogni[sz]ed|unknown|unexpected|invalid|deprecated"
    r"|not (?:allowed|permitted|available|valid|accept|compatible|enabled|a (?:known|valid))|must be|can(?:not|'t)"
    r"|incompatible|extra (?:inputs|fields)|removed|does not exist|fail|unable|no longer|only .{0,40}default",
    re.IGNORECASE,
)
"""Without one of these, a parameter's name in a message may come from the text that was sent."""

_UNKNOWN_NAME_WORDS: Final = re.compile(
    r"unsupported|n[o']t support|unrecogni[sz]ed|unknown|unexpected|deprecated|removed|extra (?:inputs|fields)"
    r"|not (?:permitted|allowed)|use .?max_",
    re.IGNORECASE,
)
_TOO_LARGE_WORDS: Final = re.compile(
    r"too (?:large|high|big)|at most|maximum|exceed|less than|greater than", re.IGNORECASE
)

PARAMETER_NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    "temperature": re.compile(r"\btemperature\b", re.IGNORECASE),
    "service_tier": re.compile(r"\bservice[ _]tier\b", re.IGNORECASE),
    "prompt_cache_key": re.compile(r"\bprompt_cache_key\b|\bcache_control\b", re.IGNORECASE),
    "response_format": re.compile(
        r"\bresponse_format\b|\bjson[ _]schema\b|\bjson_object\b|\bstructured[ _]outputs?\b|\bguided[ _]\w+|\bgrammar\b"
        r"|\boutput_config\b(?!\.effort)|\boutput_format\b",
        re.IGNORECASE,
    ),
    "reasoning_effort": re.compile(
        r"\breasoning[ _.]effort\b|\beffort\b|^reasoning$|\boutput_config\b(?!\.format)", re.IGNORECASE
    ),
    "max_completion_tokens": re.compile(r"\bmax_completion_tokens\b"),
    "max_tokens": re.compile(r"\bmax_tokens\b"),
}
"""What endpoints call the parameters that one can do without, by their names in `Parameters.without`. Anthropic's
output_config holds two of them; the form is refused more often."""

TOKEN_LIMITS: Final = frozenset({"max_completion_tokens", "max_tokens"})


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who was asked, and how: what a failure's sentence names.

    Attributes:
        url: Base URL, without secrets.
        path: What the request's address adds to it.
        model: Model.
        vendor: Part of the settings' names: OPENAI or ANTHROPIC.
        refusable: Parameters that were sent and that one can do without, by their names in `Parameters.without`.
        clean: Takes secrets out of a text.
        max_output_tokens: Most tokens that the answer was allowed.
        took_s: Seconds until the answer.
    """

    url: str
    path: str
    model: str
    vendor: str
    refusable: frozenset[str]
    clean: Callable[[str], str]
    max_output_tokens: int
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ErrorPayload:
    """An endpoint's account of a failure.

    Attributes:
        words: Its message, secrets removed, in full.
        codes: What it calls the failure, lower-cased: code, type, status.
        parameter: What it says the failure is about; empty when it does not say.
        as_json: Whether it spoke JSON, as an endpoint of the right kind does.
        body: What it sent as decoded JSON.
        raw: What it sent, as a text.
    """

    words: str
    codes: frozenset[str]
    parameter: str
    as_json: bool
    body: object
    raw: str


def failure_of_status(
    status: int, headers: Mapping[str, str], body: bytes, context: RequestContext, *, now: dt.datetime
) -> LlmError:
    """The failure that an answer with an HTTP status other than 2xx stands for.

    Args:
        status: HTTP status.
        headers: Headers of the answer; their names in any case.
        body: Body of the answer.
        context: Who was asked, and how.
        now: With time zone.
    """
    payload = _error_payload(body, context.clean)
    quoted = f"{status}: {_shortened(payload.words)}" if payload.words else f"{status}"
    wait_s = asked_wait_s(headers, payload.body, payload.words, now)
    kind, refused = _kind(status, payload, context, asked_to_wait=wait_s is not None)
    if wait_s is None and kind is FailureKind.RATE_LIMITED:
        wait_s = reset_wait_s(headers, payload.body, now)
    at = f"{context.model} at {context.url}"
    if kind is FailureKind.PARAMETER_REFUSED:
        return LlmError(kind, f"{at} refuses {refused} ({quoted})", refused_parameter=refused)
    if kind is None and 300 <= status < 400:
        return _failure_of_redirect(status, headers, context)
    if kind is None:
        return LlmError(
            FailureKind.BAD_REQUEST,
            f"{context.url}{context.path} was not found ({quoted}): set SYNTHDEAL_{context.vendor}_BASE_URL to the "
            f"part of the address before {context.path}",
            treatment=Treatment.STOP,
        )
    sentences = {
        FailureKind.AUTHENTICATION: f"{context.url} does not accept the key ({quoted}): check {context.vendor}_API_KEY",
        FailureKind.QUOTA: f"The account at {context.url} has no quota left ({quoted}): add credit or raise its limit",
        FailureKind.MODEL_UNAVAILABLE: f"The model {context.model} is not available at {context.url} ({quoted}): "
        f"choose another with SYNTHDEAL_{context.vendor}_MODEL",
        FailureKind.RATE_LIMITED: f"{at} rejected the request because of a rate limit ({quoted})",
        FailureKind.REFUSED: f"{at} refused the content ({quoted})",
        FailureKind.SERVER_ERROR: f"{at} failed ({quoted})",
        FailureKind.BAD_REQUEST: f"{at} did not accept the request ({quoted})",
    }
    waits = kind in {FailureKind.RATE_LIMITED, FailureKind.SERVER_ERROR}
    if kind is FailureKind.SERVER_ERROR and _is_after_work(status, payload, context):
        return LlmError(
            kind,
            f"{at} failed after it had worked for {context.took_s:.1f} s, which may be charged for ({quoted}): the "
            f"answer may have met the limit of {context.max_output_tokens} tokens (SYNTHDEAL_MAX_OUTPUT_TOKENS) or the "
            "end of the context that the model is served with",
            retry_after_s=wait_s,
            treatment=Treatment.ENLARGE,
            after_work=True,
        )
    return LlmError(kind, sentences[kind], retry_after_s=wait_s if waits else None)


def _failure_of_redirect(status: int, headers: Mapping[str, str], context: RequestContext) -> LlmError:
    location = next((value for name, value in headers.items() if name.lower() == "location"), "")
    asked = f"{context.url}{context.path}"
    try:
        parts = urlsplit(urljoin(asked, location))
        to = context.clean(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")))
    except ValueError:
        to = asked
    where, advice = f"to {to}", f"if you trust that address, set SYNTHDEAL_{context.vendor}_BASE_URL to it"
    if to == asked:
        where, advice = "without saying where to", f"check SYNTHDEAL_{context.vendor}_BASE_URL"
    elif to.endswith(context.path):
        advice += f" without {context.path}"
    return LlmError(
        FailureKind.BAD_REQUEST,
        f"{asked} redirects {where} ({status}), and a redirect is not followed, since it would take the key elsewhere: "
        f"{advice}",
        treatment=Treatment.STOP,
    )


def network_errors() -> tuple[type[Exception], ...]:
    """What the transport may raise besides the SDKs' own errors, which wrap most of it."""
    import aiohttp  # noqa: PLC0415 - 0.2 s for both, which only a run that asks shall pay
    import httpx2  # noqa: PLC0415

    # The SDKs decode the body of an error by the character set that its headers name, whatever the body is.
    return (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, aiohttp.ClientError, OSError, UnicodeError)


def failure_of_network(error: BaseException, context: RequestContext) -> LlmError:
    """The failure that an error of the transport stands for.

    The transport's own account decides, not the SDK's: openai 3.52 reports a connection that was closed or refused
    as timed out.
    """
    import aiohttp  # noqa: PLC0415 - see network_errors
    import httpx2  # noqa: PLC0415

    chain = list(_chain(error))
    root = next((each for each in chain if isinstance(each, aiohttp.ClientError)), chain[-1])
    quoted = _shortened(context.clean(str(root))) or type(root).__name__
    unsent_errors = (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.UnsupportedProtocol,
        httpx2.InvalidURL,
    )
    if isinstance(root, aiohttp.ClientConnectorCertificateError):
        return LlmError(
            FailureKind.CONNECTION,
            f"The certificate of {context.url} is not trusted ({quoted}): set SSL_CERT_FILE or REQUESTS_CA_BUNDLE to a "
            "file with the certificate that signed it",
            treatment=Treatment.STOP,
            unsent=True,
        )
    if isinstance(root, unsent_errors):
        return LlmError(FailureKind.CONNECTION, f"No connection to {context.url} ({quoted})", unsent=True)
    if isinstance(root, TimeoutError | httpx2.TimeoutException):
        return LlmError(FailureKind.TIMEOUT, f"{context.url} did not answer in time ({quoted})")
    return LlmError(FailureKind.CONNECTION, f"The connection to {context.url} was lost ({quoted})")


def failure_of_unreadable_answer(headers: Mapping[str, str], body: bytes, context: RequestContext) -> LlmError:
    """The failure that an answer with status 200 stands for when it is not what the vendor's API answers.

    A page for people comes from something else in front of the endpoint, where no model was asked; broken JSON may
    come from the endpoint and may have been paid for.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    kind = lowered.get("content-type", "").split(";")[0].strip()
    words = _shortened(_error_payload(body, context.clean).words) or "nothing"
    if kind == "text/html" or body.lstrip().startswith(b"<"):
        return LlmError(
            FailureKind.SERVER_ERROR,
            f"{context.url}{context.path} answered with a web page instead of JSON ({words}): check "
            f"SYNTHDEAL_{context.vendor}_BASE_URL",
        )
    return LlmError(FailureKind.CONNECTION, f"{context.url} answered with something that is not JSON ({words})")


def failure_within_answer(error: object, body: bytes, context: RequestContext, *, now: dt.datetime) -> LlmError:
    """The failure that an error inside an answer with status 200 stands for, as some gateways send it."""
    code = error.get("code") if isinstance(error, Mapping) else None
    try:
        status = int(str(code))
    except ValueError:
        status = 429 if str(code).lower() in _RATE_CODES else 500
    return failure_of_status(status if 400 <= status < 600 else 500, {}, body, context, now=now)


def _kind(
    status: int, payload: ErrorPayload, context: RequestContext, *, asked_to_wait: bool
) -> tuple[FailureKind | None, str | None]:
    """Which kind, None for an address without an API; and the parameter that is refused, if it is that.

    The first rule that holds decides.
    """
    refused = _refused_parameter(payload, context) if status in {400, 422} else None
    rules = (
        (status in {401, 407}, FailureKind.AUTHENTICATION),
        (_is_about_quota(status, payload, asked_to_wait=asked_to_wait), FailureKind.QUOTA),
        (status == 429 or (status in {400, 403} and payload.codes & _RATE_CODES), FailureKind.RATE_LIMITED),
        (status in {408, 409, 425, CLIENT_CLOSED} or status >= 500, FailureKind.SERVER_ERROR),
        (_is_about_content(status, payload), FailureKind.REFUSED),
        (refused is not None, FailureKind.PARAMETER_REFUSED),
        (_is_about_model(status, payload, context), FailureKind.MODEL_UNAVAILABLE),
        (status == 403 or _is_about_key(payload), FailureKind.AUTHENTICATION),
        (status in {404, 405} or status < 400, None),
        (True, FailureKind.BAD_REQUEST),
    )
    kind = next(kind for holds, kind in rules if holds)
    return kind, refused if kind is FailureKind.PARAMETER_REFUSED else None


def _is_about_quota(status: int, payload: ErrorPayload, *, asked_to_wait: bool) -> bool:
    if status == 402:
        return True
    if status not in {400, 403, 429}:
        return False
    passing = status == 429 and bool(payload.codes & _RATE_CODES)
    if payload.codes & _QUOTA_CODES or (not passing and _QUOTA_WORDS.search(payload.words)):
        return True
    passing |= status == 429 and (asked_to_wait or _RATE_WORDS.search(payload.raw) is not None)
    return not passing and _PERHAPS_QUOTA_WORDS.search(payload.words) is not None


def _is_after_work(status: int, payload: ErrorPayload, context: RequestContext) -> bool:
    if status == CLIENT_CLOSED or status >= 500:
        return context.took_s >= LONG_WORK_S or _OUTPUT_WORDS.search(payload.words) is not None
    return False


def _is_about_content(status: int, payload: ErrorPayload) -> bool:
    if status not in {400, 403, 422}:
        return False
    words = _FLAGGED_WORDS if status == 403 else _CONTENT_WORDS
    return bool(payload.codes & _CONTENT_CODES) or words.search(payload.words) is not None


def _is_about_key(payload: ErrorPayload) -> bool:
    return bool(payload.codes & _AUTHENTICATION_CODES) or _AUTHENTICATION_WORDS.search(payload.words) is not None


def _is_about_model(status: int, payload: ErrorPayload, context: RequestContext) -> bool:
    if status == 410 or payload.codes & _MODEL_CODES:
        return True
    if not payload.as_json or status not in {400, 403, 404, 422}:
        return False
    named = _MODEL_WORD.search(payload.words) is not None or context.model.lower() in payload.words.lower()
    if named and (status == 404 or _MODEL_GONE_WORDS.search(payload.words) is not None):
        return True
    return status in {400, 422} and (
        payload.parameter == "model" or _MODEL_UNKNOWN_WORDS.search(payload.words) is not None
    )


def _refused_parameter(payload: ErrorPayload, context: RequestContext) -> str | None:
    """The parameter that an endpoint refuses, of those that were sent; None when the failure is about something else.

    Where the endpoint says in a field of its own what it is about, that decides, else the parameter that its message
    names first.
    """
    if payload.codes & _TOO_LONG_CODES or _TOO_LONG_WORDS.search(payload.words) is not None:
        return None
    candidates = {name: pattern for name, pattern in PARAMETER_NAMES.items() if name in context.refusable}
    if payload.parameter:
        named = [name for name, pattern in candidates.items() if pattern.search(payload.parameter)]
    elif _REFUSAL_WORDS.search(payload.words) is None:
        return None
    else:
        matches = [(name, pattern.search(payload.words)) for name, pattern in candidates.items()]
        places = [(match.start(), name) for name, match in matches if match is not None]
        named = [name for _, name in sorted(places, key=lambda place: place[0])]
    for name in named:
        too_large = _TOO_LARGE_WORDS.search(payload.words) is not None
        if name not in TOKEN_LIMITS or (_UNKNOWN_NAME_WORDS.search(payload.words) is not None and not too_large):
            return name
    return None


def _error_payload(body: bytes, clean: Callable[[str], str]) -> ErrorPayload:
    try:
        decoded = decoded_json(body)
    except (ValueError, RecursionError):
        text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", body.decode(errors="replace"), flags=re.DOTALL | re.I)
        return ErrorPayload(_cleaned(text, clean), frozenset(), "", as_json=False, body=None, raw=text)
    sent = decoded
    raw = body[:READ_CHARACTERS].decode(errors="replace")
    # Gemini wraps its error in a list.
    if isinstance(decoded, list) and decoded:
        decoded = decoded[0]
    if not isinstance(decoded, Mapping):
        words = _cleaned("" if decoded is None else decoded, clean)
        return ErrorPayload(words, frozenset(), "", as_json=True, body=sent, raw=raw)
    inner = decoded.get("error")
    account: Mapping[str, Any] = inner if isinstance(inner, Mapping) else decoded
    message = inner if isinstance(inner, str) else _first(account, "message", "detail", "msg", "error")
    behind = reason_behind(account)
    message = f"{message or ''}{behind}" if behind else message
    parameter = account.get("param")
    if isinstance(message, list):
        # FastAPI's own validation: [{"loc": ["body", "temperature"], "msg": "Extra inputs are not permitted"}]
        first = next((each for each in message if isinstance(each, Mapping)), {})
        place = first.get("loc")
        parts = place if isinstance(place, list) else ()
        parameter = parameter or ".".join(str(part) for part in parts if part != "body")
        message = "; ".join(str(each.get("msg", each)) if isinstance(each, Mapping) else str(each) for each in message)
    nested = (account.get("innererror"), account.get("details"))
    values = [account.get(name) for name in ("code", "type", "status")]
    values += [each.get(name) for each in nested if isinstance(each, Mapping) for name in ("code", "error_code")]
    return ErrorPayload(
        words=_cleaned("" if message is None else message, clean),
        codes=frozenset(str(value).lower() for value in values if value is not None),
        parameter="" if parameter in (None, "None", "null") else str(parameter),
        as_json=True,
        body=sent,
        raw=raw,
    )


def reason_behind(account: Mapping[str, Any]) -> str:
    """What the endpoint behind a gateway said, as OpenRouter repeats it beside words of its own; empty for nothing."""
    metadata = account.get("metadata")
    if not isinstance(metadata, Mapping):
        return ""
    reasons = metadata.get("reasons")
    said = [metadata.get("raw"), *(reasons if isinstance(reasons, list) else ())]
    return "".join(f": {each}" for each in said if isinstance(each, str) and each)


def _cleaned(words: object, clean: Callable[[str], str]) -> str:
    """Words in one line without secrets."""
    return clean(" ".join(str(words).split())[:READ_CHARACTERS])


def _first(account: Mapping[str, Any], *names: str) -> object:
    return next((account[name] for name in names if account.get(name)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, the outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def _shortened(words: str) -> str:
    if len(words) <= QUOTED_CHARACTERS:
        return words
    return words[:QUOTED_CHARACTERS].rstrip() + " ..."
