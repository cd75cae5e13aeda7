"""The transport that both vendors' SDKs are given, and what is kept from their logs and messages.

What is sent over it belongs in the modules of the vendors.
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.redaction import Redactor, redact
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress

if TYPE_CHECKING:
    import httpx2

READ_TIMEOUT_S: Final = 3_900.0
"""Longest silence; longer than `llm_timeout` may be, since the loop that asks has a deadline for the whole request."""

CONNECT_TIMEOUT_S: Final = 30.0

KEEP_ALIVE_S: Final = 4.0
"""An idle connection is given up before the server does so: uvicorn closes it after 5 s, and a request that is sent at
that moment is lost."""

CHATTY_LOGGERS: Final = {
    "httpx2": logging.WARNING,
    "openai._base_client": logging.INFO,
    "anthropic._base_client": logging.INFO,
}
"""httpx2 writes the address of each request, its query included; at DEBUG, Anthropic's SDK writes the whole prompt."""


def http_options(address: EndpointAddress, most_at_once: int) -> dict[str, Any]:
    """Arguments of the SDKs' `DefaultAioHttpClient`; for use in the event loop that sends."""
    import httpx2  # noqa: PLC0415 - only a run that asks shall pay for it

    return {
        "timeout": http_timeout(),
        "limits": httpx2.Limits(max_connections=most_at_once, keepalive_expiry=KEEP_ALIVE_S),
        "auth": address.credentials,
        "verify": own_certificates() or True,
        # A redirected request would become a GET, or take the key elsewhere.
        "follow_redirects": False,
    }


def own_certificates() -> ssl.SSLContext | None:
    """Trusts the certificates in REQUESTS_CA_BUNDLE, a file or folder, as requests does; None leaves it to httpx2.

    httpx2 reads SSL_CERT_FILE and SSL_CERT_DIR by itself, which go first.

    Raises:
        SynthDealError: No certificates can be read there.
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if not bundle or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return None
    try:
        is_folder = Path(bundle).is_dir()
        return ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except (OSError, ssl.SSLError) as error:
        raise SynthDealError(
            f"REQUESTS_CA_BUNDLE is {bundle}, from which no certificates can be read ({error}): set it to a file of "
            "certificates in PEM form, or unset it.",
            code="llm.bad-certificates",
            usage=True,
        ) from error


def http_timeout() -> httpx2.Timeout:
    """The time-out for one request, by phase."""
    import httpx2  # noqa: PLC0415 - see above

    return httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)


def quiet_logs() -> None:
    """Keep prompts, addresses and keys out of the log of a process that logs everything."""
    for name, level in CHATTY_LOGGERS.items():
        logging.getLogger(name).setLevel(level)


def usable_key(api_key: str, setting: str) -> str:
    """The key without spaces around it.

    Raises:
        SynthDealError: It cannot be sent in a header.
    """
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SynthDealError(
            f"{setting} is not a valid key: set it to one of printable ASCII characters.",
            code="llm.bad-key",
            usage=True,
        )
    return key


def cleaner(*secrets: str) -> Callable[[str], str]:
    """What takes these secrets, the configured ones, and what looks like one out of a text."""
    own = Redactor(secrets)
    return lambda text: redact(own.text(text))
