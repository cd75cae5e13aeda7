"""The address of an endpoint, taken apart: what may be shown, and what must not be.

How an endpoint is spoken to belongs in the modules of the vendors.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from synthdeal_assets.errors import SynthDealError


@dataclass(frozen=True, slots=True)
class EndpointAddress:
    """A base URL without its secrets, and the secrets beside it.

    Attributes:
        url: Base URL without credentials, query and closing slash; may be shown and stored.
        credentials: User and password for HTTP's basic authentication; None when the URL has none.
        query: What every request carries in its query, such as Azure's api-version; may hold a key.
    """

    url: str
    credentials: tuple[str, str] | None = field(repr=False)
    query: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, base_url: str, *, setting: str) -> Self:
        """Take a base URL apart.

        Args:
            base_url: As the user gave it.
            setting: Name of the setting that it came from.

        Raises:
            SynthDealError: It is no address of an endpoint.
        """
        try:
            parts = urlsplit(base_url.strip())
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            usable = False
        if not usable:
            raise SynthDealError(
                f"{setting} is not the address of an endpoint: set it to one that begins with http:// or https://.",
                code="llm.bad-address",
                usage=True,
            )
        user, _, host = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        return cls(
            url=f"{parts.scheme}://{host}{parts.path.rstrip('/')}",
            credentials=(unquote(name), unquote(password)) if user else None,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown: credentials in every form in which they are sent, and the values of the query."""
        if self.credentials is None:
            return tuple(self.query.values())
        # An endpoint may quote back the header that it does not accept.
        sent = b64encode(":".join(self.credentials).encode()).decode()
        return (*self.credentials, sent, *self.query.values())
