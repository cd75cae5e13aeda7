"""What all providers share: the connection, one request without retries, and how each failure of it is named.

To add a provider:

1. Write a module beside this one with a subclass of `HttpProvider`. It sets the five class variables and writes the six
   methods that raise NotImplementedError here: how the vendor's SDK connects, what a request and the form of an answer
   look like, how it is sent and how an answer is read. `openai.py` and `anthropic.py` are the models.
2. Name the class in `PROVIDERS` of `llm/connect.py`. That is the only list.
3. Give `LlmSettings` in `settings/groups.py` its fields NAME_model, NAME_base_url and NAME_api_key; name the key in
   `KEY_FIELDS` of `settings/catalogue.py`, and the provider in `ProviderName` of `settings/kinds.py` and in every
   setting that chooses among them.
4. Name the host at which its list prices hold in `VENDORS` of `llm/prices.py`.
5. Add it to `BOTH` of the tests in `synthdeal_assets_tests/llm/asking.py`: the tests of failures then run for it too.

What was forgotten of 2 to 5, `synthdeal_assets_tests/llm/test_connect.py` names.

Which failure is of which kind belongs in `http_failures.py`, when to ask again in `client.py`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from synthdeal_assets.llm.chat import OPTIONAL, AnswerSchema, Completion, Message, Parameters, SchemaMode
from synthdeal_assets.llm.providers.answer_json import answer_object
from synthdeal_assets.llm.providers.endpoint_address import EndpointAddress
from synthdeal_assets.llm.providers.http_failures import (
    RequestContext,
    failure_of_network,
    failure_of_status,
    network_errors,
)
from synthdeal_assets.llm.providers.http_transport import cleaner, own_certificates, quiet_logs, usable_key
from synthdeal_assets.llm.providers.schema_in_words import with_schema_in_words


class SdkClient(Protocol):
    """What every vendor's client can do."""

    @property
    def models(self) -> Any:
        """The list of models."""

    async def close(self) -> None:
        """Close the connections."""


Client = TypeVar("Client", bound=SdkClient)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back over HTTP.

    Attributes:
        status: HTTP status.
        headers: Their names in any case.
        body: Content, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpProvider(Generic[Client]):
    """One endpoint, spoken to with its vendor's SDK. The client is made when the first request is sent, in its loop.

    Attributes:
        name: Name of the provider as OpenTelemetry's `gen_ai.provider.name` has it; settings begin with it.
        own_endpoint: Base URL of the vendor.
        path: What a request's address adds to the base URL.
        content_field: Field of an answer that holds what was asked for.
        form_modes: Modes in which the form of the answer is sent as a parameter, beside or instead of words.

    Args:
        api_key: Key; any word for an endpoint that asks for none.
        base_url: Address of the endpoint; None takes NAME_BASE_URL from the environment as the SDKs do, else the
            vendor's.
        most_at_once: Most requests at once.

    Raises:
        SynthDealError: The key or the address cannot be one, or REQUESTS_CA_BUNDLE names no certificates.
    """

    name: ClassVar[str]
    own_endpoint: ClassVar[str]
    path: ClassVar[str]
    content_field: ClassVar[str]
    form_modes: ClassVar[frozenset[SchemaMode]]

    def __init__(self, *, api_key: str, base_url: str | None, most_at_once: int) -> None:
        quiet_logs()
        vendor = self.name.upper()
        self._key: Final = usable_key(api_key, f"{vendor}_API_KEY")
        given = base_url if base_url is not None else os.environ.get(f"{vendor}_BASE_URL") or self.own_endpoint
        setting = f"{vendor}_BASE_URL" if base_url is None else f"SYNTHDEAL_{vendor}_BASE_URL"
        self._address: Final = EndpointAddress.of(given, setting=setting)
        self._clean: Final = cleaner(self._key, *self._address.secrets)
        self._most_at_once: Final = most_at_once
        own_certificates()  # What is wrong with them is said before anything is asked.
        # Here and not in the first request: a second of importing would use up its head start.
        self._errors: Final = (self._sdk_error(), *network_errors())
        self._client: Client | None = None
        self._form: tuple[AnswerSchema, SchemaMode, dict[str, Any]] | None = None

    @property
    def endpoint(self) -> str:
        """Base URL without credentials and query."""
        return self._address.url

    async def complete(
        self, messages: Sequence[Message], schema: AnswerSchema | None, parameters: Parameters
    ) -> Completion:
        """Send one request, without any retry; with no schema the answer may be any text.

        Raises:
            LlmError: No answer came.
        """
        form = self._form_sent(schema, parameters.schema_mode)
        if schema is not None and parameters.schema_mode != "json_schema":
            messages = with_schema_in_words(messages, schema)
        context = self._context(parameters, with_form=form is not None)
        request = self._request(messages, form, parameters)
        started = time.monotonic()
        try:
            if self._client is None:
                self._client = self._connect()
            answer = await self._send(self._client, {name: each for name, each in request.items() if each is not None})
        except self._errors as error:
            raise failure_of_network(error, context) from None
        context = dataclasses.replace(context, took_s=time.monotonic() - started)
        if not 200 <= answer.status < 300:
            now = dt.datetime.now(dt.UTC)
            raise failure_of_status(answer.status, answer.headers, answer.body, context, now=now)
        return self._completion(
            answer_object(answer.headers, answer.body, context, content=self.content_field), parameters.model
        )

    async def listed_models(self) -> list[dict[str, Any]]:
        """The models that the endpoint lists, each as it describes it; empty where it gives no such list."""
        none: tuple[type[Exception], ...] = (*self._errors, ValueError, TypeError, KeyError, RecursionError)
        try:
            if self._client is None:
                self._client = self._connect()
            response = await self._client.models.with_raw_response.list()
            listed = json.loads(response.http_response.content)
            return [each for each in listed["data"] if isinstance(each, dict)]
        except none:
            return []

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _sdk_error(self) -> type[Exception]:
        """The class of all errors of the SDK, which is imported here and not with the module."""
        raise NotImplementedError

    def _connect(self) -> Client:
        """A client of the SDK that never asks again by itself; called in the event loop that sends."""
        raise NotImplementedError

    def _form_of(self, schema: AnswerSchema, mode: SchemaMode) -> dict[str, Any]:
        """The parameter that asks for the form of an answer, in one of `form_modes`."""
        raise NotImplementedError

    def _request(
        self, messages: Sequence[Message], form: dict[str, Any] | None, parameters: Parameters
    ) -> dict[str, Any]:
        """The arguments of the SDK's method; those that are None are left out.

        Args:
            messages: The conversation.
            form: What `_form_of` made; None when the form is not asked for, or in words alone.
            parameters: How the model is asked.
        """
        raise NotImplementedError

    async def _send(self, client: Client, request: dict[str, Any]) -> HttpAnswer:
        """Send a request; an answer of any status is returned, whatever else happens is raised."""
        raise NotImplementedError

    def _completion(self, answer: Mapping[str, Any], model: str) -> Completion:
        """Read an answer with status 200, in which every field may be missing or odd: it was paid for.

        Args:
            answer: The JSON object.
            model: Model that was asked, for an answer that does not name its own.
        """
        raise NotImplementedError

    def _also_refusable(self, parameters: Parameters) -> frozenset[str]:  # noqa: ARG002 - for those that have some
        """Parameters that are always sent and that one can do without, by their names in `Parameters.without`."""
        return frozenset()

    def _form_sent(self, schema: AnswerSchema | None, mode: SchemaMode) -> dict[str, Any] | None:
        """The form as it is sent; made once, since all questions of a run share it."""
        if schema is None or mode not in self.form_modes:
            return None
        if self._form is None or self._form[0] is not schema or self._form[1] != mode:
            self._form = (schema, mode, self._form_of(schema, mode))
        return self._form[2]

    def _context(self, parameters: Parameters, *, with_form: bool) -> RequestContext:
        sent = {name for name in OPTIONAL if getattr(parameters, name) is not None}
        sent |= {"response_format"} if with_form else set()
        return RequestContext(
            url=self._address.url,
            path=self.path,
            model=parameters.model,
            vendor=self.name.upper(),
            refusable=self._also_refusable(parameters) | sent,
            clean=self._clean,
            max_output_tokens=parameters.max_output_tokens,
        )
