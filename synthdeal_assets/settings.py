"""Every setting of SynthDeal, in one class: its type, its limits, its default and what it means.

A setting belongs here when a user may want to change it; a constant that follows from the domain (the weights of
MEDDPICC, Salesforce's stages) belongs in the room that uses it. Nothing here opens a file except the settings files
themselves, and nothing here knows Dagster.

Values come, first match wins, from: command-line flags, the environment (`SYNTHDEAL_*`), `.env`, `synthdeal.toml`
(both in the working folder), the defaults below.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError, field_validator

from synthdeal_assets.errors import SynthDealError

ENV_PREFIX = "SYNTHDEAL_"
ENV_FILE = Path(".env")
TOML_FILE = Path("synthdeal.toml")
MIN_AS_OF = dt.date(2020, 1, 1)
"""Accounts are created before this day, so that no opportunity is older than its account."""
MAX_AS_OF = dt.date(2100, 12, 31)

WHITESPACE_PARTS = ("p_icp", "lift", "affinity", "expected_value")
"""What the whitespace score is blended from, in the order of `whitespace_weights`."""

ProviderName = Literal["openai", "anthropic"]

SettingSource = Literal["flag", "environment", ".env", "synthdeal.toml", "default"]


class Settings(BaseModel):
    """What a user can set. Each field is also the environment variable `SYNTHDEAL_<FIELD>`.

    `Settings.load()` reads every source and is what the product uses; `Settings(...)` takes only what it is given,
    which is what tests want.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    _sources: dict[str, SettingSource] = PrivateAttr(default_factory=dict)

    home: Path = Field(
        default=Path(".synthdeal"),
        description="Folder that holds everything: warehouse, reports, run logs and Dagster's history.",
    )
    opportunities: Annotated[int, Field(ge=1, le=2_000_000)] = Field(
        default=500, description="Size of the world: the number of opportunities created in the 364 days up to as_of."
    )
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = Field(
        default=42, description="Seed of the world: another seed gives another company with other deals."
    )
    as_of: dt.date | None = Field(
        default=None, description="Date of the world (YYYY-MM-DD); unset means today in `timezone`."
    )
    replace_world: bool = Field(
        default=False, description="Allow a run with another seed, size or kind of names to replace the world."
    )
    account_names: Literal["public", "fictional"] = Field(
        default="public",
        description="Names of accounts: public (real public companies; every figure is synthetic) or fictional "
        "(invented).",
    )
    scorer: Literal["heuristic", "openai", "anthropic", "hybrid"] = Field(
        default="heuristic",
        description="Who scores the opportunities: heuristic (fixed rules), openai (any OpenAI-compatible endpoint), "
        "anthropic, or hybrid (a model, and the heuristic where the model fails).",
    )
    scorer_concurrency: Annotated[int, Field(ge=1, le=1024)] = Field(
        default=32, description="Number of opportunities scored at the same time."
    )
    hybrid_provider: ProviderName = Field(default="openai", description="Provider whose model the hybrid scorer asks.")
    openai_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="gpt-6-luna", description="Model that the openai scorer asks."
    )
    openai_base_url: str | None = Field(
        default=None,
        description="Address of an OpenAI-compatible endpoint, such as http://localhost:11434/v1; unset means OpenAI.",
    )
    anthropic_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="claude-haiku-5-5", description="Model that the anthropic scorer asks."
    )
    anthropic_base_url: str | None = Field(
        default=None, description="Address of an endpoint that speaks Anthropic's Messages API; unset means Anthropic."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | Literal["none"] = Field(
        default=0.3,
        description="Sampling temperature from 0 to 2; none omits it. A model that refuses it is asked again without "
        "it.",
    )
    reasoning_effort: str | None = Field(
        default=None, description="Reasoning effort, such as none, low or high; unset uses the model's default."
    )
    service_tier: str | None = Field(
        default=None, description="Service tier, such as flex or priority; unset uses the endpoint's default."
    )
    prompt_cache_key: str | None = Field(
        default=None, description="Key that groups requests for OpenAI's prompt cache; unset means the prompt version."
    )
    max_output_tokens: Annotated[int, Field(ge=256, le=1_000_000)] = Field(
        default=6_000, description="Maximum output tokens per answer, including reasoning."
    )
    token_limit_field: Literal["max_completion_tokens", "max_tokens"] = Field(
        default="max_completion_tokens",
        description="Field that carries the token limit to an OpenAI-compatible endpoint: max_completion_tokens or "
        "max_tokens.",
    )
    llm_timeout: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=120.0, description="Timeout of one request in seconds, from sending it to the last byte of the answer."
    )
    llm_max_attempts: Annotated[int, Field(ge=1, le=50)] = Field(
        default=8, description="Maximum requests for one opportunity in one run before it counts as failed."
    )
    llm_max_wait: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=60.0, description="Longest pause in seconds that an endpoint may ask for; longer ones end the attempt."
    )
    requests_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Maximum requests per minute; unset means that SynthDeal sets no limit."
    )
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="Maximum tokens per minute, input and output together; unset means that SynthDeal sets no limit.",
    )
    max_cost_usd: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Maximum USD that one run may spend on models; unset means no limit."
    )
    max_calls: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Maximum requests that one run may send to models; unset means no limit."
    )
    input_price: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="USD per million input tokens, for a model whose price is unknown."
    )
    output_price: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="USD per million output tokens, for a model whose price is unknown."
    )
    answer_ttl_days: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Days after which a paid answer is no longer reused; unset means never."
    )
    prompts: Path | None = Field(
        default=None,
        description="Folder of your prompts, one folder per room such as scoring/; a file there replaces its namesake.",
    )
    retry_max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Attempts after which a failing opportunity is no longer retried automatically."
    )
    retry_backoff_minutes: Annotated[float, Field(ge=0, le=1440)] = Field(
        default=5.0, description="Minutes before a failed opportunity is retried; doubles with each attempt."
    )
    sales_log: str | None = Field(
        default=None,
        description="Sales log: files, folders or a database's SQLAlchemy address, separated by ';', or synthetic to "
        "generate one from the world; unset means the log in the warehouse, or a synthetic one if there "
        "is none.",
    )
    sales_log_table: str | None = Field(
        default=None, description="Table that holds the sales log when it is in a database, such as dbo.sales_log."
    )
    sales_holdout: str | None = Field(
        default=None,
        description="Later sales, used only to validate the models; takes the same forms as the sales log.",
    )
    product_map: Path | None = Field(
        default=None,
        description="Product map (YAML) of the sales log; unset means the one in the warehouse, or one proposed from "
        "the header.",
    )
    whitespace_cutoff: dt.date | None = Field(
        default=None,
        description="Last day that features and the whitespace list may use (YYYY-MM-DD); unset means the last day "
        "of the sales log.",
    )
    whitespace_window_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        default=None,
        description="Days after a cutoff in which a purchase counts as a success; unset means the longest of 180, "
        "120, 90, 60 and 30 that the sales log is long enough for.",
    )
    whitespace_training_cutoffs: Annotated[int, Field(ge=1, le=60)] = Field(
        default=6, description="Maximum number of earlier cutoffs that a model learns from."
    )
    whitespace_divisions: str | None = Field(
        default=None,
        description="Divisions to model, separated by ';' (put a name that contains one in double quotes); unset "
        "means all.",
    )
    whitespace_weights: str = Field(
        default="0.60/0.20/0.10/0.10",
        description="Weights of purchase probability (p_icp), basket lift, affinity and expected value in the "
        "whitespace score; they must sum to 1.",
    )
    whitespace_capacity_per_rep: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=25, description="Number of whitespace pairs that one rep can work on until the next list."
    )
    whitespace_recent_purchase_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        default=14,
        description="Days after any purchase in which a customer is excluded from the list; 0 excludes nobody.",
    )
    whitespace_do_not_contact: Path | None = Field(
        default=None, description="CSV file with a column customer_id that lists the customers nobody may contact."
    )
    whitespace_customers: Annotated[int, Field(ge=50, le=1_000_000)] = Field(
        default=2_000, description="Number of customers in the synthetic sales log."
    )
    whitespace_cron: str = Field(
        default="0 3 1 * *", description="When the monthly whitespace refresh runs (cron expression with five fields)."
    )
    mlflow_tracking_uri: str | None = Field(
        default=None, description="Tracking address of MLflow; unset means an SQLite file in the home folder."
    )
    duckdb_memory_gb: Annotated[float, Field(ge=0.25, le=4_096)] = Field(
        default=3.0, description="GB of memory that DuckDB may use for sales and features before it spills to disk."
    )
    timezone: str = Field(default="UTC", description="Time zone (IANA name) of the nightly schedule and of 'today'.")
    nightly_cron: str = Field(
        default="0 2 * * *", description="When the nightly refresh runs (cron expression with five fields)."
    )
    lock_timeout: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=60.0, description="Seconds to wait for a warehouse that another process is using."
    )
    ui_hosts: str | None = Field(
        default=None,
        description="Host names under which `synthdeal ui` and `synthdeal demo-llm` may be asked, separated by ';', "
        "besides the one they listen on and those of this machine itself.",
    )
    ui_token: SecretStr | None = Field(
        default=None,
        description="Token that `synthdeal ui` asks for; only from the environment or .env.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        description="OpenAI API key; read from the environment or .env only.",
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None,
        description="Anthropic API key; read from the environment or .env only.",
    )

    @field_validator("home", "prompts", "product_map", "whitespace_do_not_contact")
    @classmethod
    def _home_of_the_user(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        # A shell expands ~ only where a word begins with it: neither in --home=~/demo nor in a settings file.
        try:
            return value.expanduser()
        except RuntimeError as error:
            raise ValueError("refers to the home of a user who does not exist") from error

    @field_validator("as_of", "whitespace_cutoff", mode="before")
    @classmethod
    def _is_written_as_a_day(cls, value: object) -> object:
        # What pydantic takes for a day besides (seconds since 1970, midnights) is a slip, and its words are no help.
        if value is None or type(value) is dt.date:
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError as error:
            raise ValueError("must be a date, written YYYY-MM-DD, such as 2026-11-20") from error

    @field_validator("as_of")
    @classmethod
    def _as_of_in_range(cls, value: dt.date | None) -> dt.date | None:
        if value is not None and not MIN_AS_OF <= value <= MAX_AS_OF:
            raise ValueError(f"must be between {MIN_AS_OF} and {MAX_AS_OF}")
        return value

    @field_validator("openai_base_url", "anthropic_base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            raise ValueError("must be an address that starts with http:// or https://")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is not a known time zone, such as UTC or Europe/Berlin") from error
        return value

    @field_validator("whitespace_weights")
    @classmethod
    def _weights_sum_to_one(cls, value: str) -> str:
        try:
            weights = [float(part) for part in value.split("/")]
        except ValueError as error:
            raise ValueError("must be four numbers, such as 0.60/0.20/0.10/0.10") from error
        if len(weights) != len(WHITESPACE_PARTS) or not all(0 <= weight <= 1 for weight in weights):
            raise ValueError("must be four numbers from 0 to 1, such as 0.60/0.20/0.10/0.10")
        if not math.isclose(sum(weights), 1, abs_tol=1e-6):
            raise ValueError(f"must sum to 1, but sums to {sum(weights):g}")
        return value

    @field_validator("sales_log", "sales_holdout")
    @classmethod
    def _names_a_source(cls, value: str | None) -> str | None:
        # An empty word is what a shell makes of a variable that is not set: no reason to read another log.
        if value is not None and not value.strip(" ;"):
            raise ValueError("must name a file, a folder or a database")
        return value

    @field_validator("whitespace_divisions")
    @classmethod
    def _names_a_division(cls, value: str | None) -> str | None:
        if value is not None and not names_in(value):
            raise ValueError("must name a division")
        return value

    @field_validator("ui_hosts")
    @classmethod
    def _names_hosts(cls, value: str | None) -> str | None:
        if value is not None and not all(map(_HOST_NAME.fullmatch, names_in(value) or ("",))):
            raise ValueError(
                "must be host names without http:// and port, separated by ';', such as deals.example.com;192.0.2.7"
            )
        return value

    @field_validator("ui_token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        # Characters that stand in an address as they are: one that is copied into it is the same token there.
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~-]{12,}", value.get_secret_value()):
            raise ValueError(
                "must have at least 12 characters, all of them letters, digits, dots, hyphens, underscores or tildes, "
                "such as `openssl rand -hex 16` makes"
            )
        return value

    @field_validator("nightly_cron", "whitespace_cron")
    @classmethod
    def _cron_has_five_fields(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError("must be a cron expression with five fields, such as '0 2 * * *'")
        return value

    @classmethod
    def load(cls, flags: Mapping[str, object] | None = None, *, folder: Path | None = None) -> Self:
        """Settings from every source, the strongest first: flags, environment, `.env`, `synthdeal.toml`, defaults.

        Args:
            flags: Values given on the command line by field name; None means "not given".
            folder: Where `.env` and `synthdeal.toml` are looked for; the working folder when None.

        Raises:
            SynthDealError: A value is not acceptable, a name is unknown, or a settings file cannot be read. The
                message names the setting, where it came from and what it must be.
        """
        folder = folder or Path()
        layers: list[tuple[SettingSource, dict[str, object]]] = [
            ("flag", {name: value for name, value in (flags or {}).items() if value is not None}),
            ("environment", _from_variables(os.environ, "the environment")),
            (".env", _from_variables(_read_env_file(folder / ENV_FILE), str(ENV_FILE))),
            ("synthdeal.toml", _read_toml_file(folder / TOML_FILE)),
        ]
        values: dict[str, object] = {}
        sources: dict[str, SettingSource] = {}
        for source, layer in layers:
            for name, value in layer.items():
                if name not in values:
                    values[name] = value
                    sources[name] = source
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            raise SynthDealError(
                _describe(name, sources.get(name, "default"), values.get(name), first["msg"]),
                code="settings.invalid",
                usage=True,
            ) from None
        settings._sources.update(sources)
        return settings

    def source_of(self, field: str) -> SettingSource:
        """Where the value of a field came from."""
        return self._sources.get(field, "flag" if field in self.model_fields_set else "default")

    def chosen(self, field: str) -> Any:
        """The value of a field when somebody set it, None when it is only the default."""
        return getattr(self, field) if field in self.model_fields_set else None

    @property
    def whitespace_weight_of(self) -> dict[str, float]:
        """The weight of each part of the whitespace score, by its name in `WHITESPACE_PARTS`."""
        return dict(zip(WHITESPACE_PARTS, map(float, self.whitespace_weights.split("/")), strict=True))

    @property
    def chosen_divisions(self) -> tuple[str, ...] | None:
        """The divisions to model; None means all."""
        if self.whitespace_divisions is None:
            return None
        return names_in(self.whitespace_divisions)

    @property
    def served_names(self) -> tuple[str, ...]:
        """The names in `ui_hosts`."""
        return names_in(self.ui_hosts or "")

    @property
    def mlflow_address(self) -> str:
        """Where MLflow keeps runs and models: the setting, else an SQLite file in the home folder."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.home.absolute() / 'mlflow.db'}"

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file."""
        return self.home.absolute() / "warehouse.duckdb"

    @property
    def reports_path(self) -> Path:
        """Folder of the reports as files."""
        return self.home.absolute() / "reports"

    @property
    def runs_path(self) -> Path:
        """Folder of the run logs, one folder a run."""
        return self.home.absolute() / "runs"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME: absolute, because Dagster refuses a relative one."""
        return self.home.absolute() / "dagster"

    def secret_values(self) -> tuple[str, ...]:
        """The values of the configured secrets, for redaction."""
        secrets = (getattr(self, name) for name in SECRET_FIELDS)
        addresses = (getattr(self, name) for name in ADDRESS_FIELDS)
        return (
            *(secret.get_secret_value() for secret in secrets if secret is not None),
            *(password for address in addresses for password in passwords_in(address or "")),
        )


KEY_FIELDS = ("openai_api_key", "anthropic_api_key")
"""Keys of models, which keep their vendors' names in the environment."""

SECRET_FIELDS = ("ui_token", *KEY_FIELDS)
SECRET_VARIABLES = tuple(
    field.upper() if field in KEY_FIELDS else ENV_PREFIX + field.upper() for field in SECRET_FIELDS
)

ADDRESS_FIELDS = ("sales_log", "sales_holdout", "mlflow_tracking_uri")
"""Settings whose value may be an address with a password in it."""

_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")

_PASSWORD_IN_ADDRESS = re.compile(
    r"://[^:/@\s;]*:(?P<password>[^/\s;]+)@|(?:PWD|PASSWORD)(?:=|%3D)(?P<keyed>[^;&%\s]+)", re.I
)


def names_in(text: str) -> tuple[str, ...]:
    """The names in a setting that holds several, separated by ';'; one that contains a ';' stands in double quotes."""
    fields = next(csv.reader([text], delimiter=";", skipinitialspace=True), [])
    return tuple(name for field in fields if (name := field.strip()))


def written_names(names: Sequence[str]) -> str:
    """Names as one setting, which `names_in` takes apart again."""
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="").writerow(names)
    return written.getvalue()


def passwords_in(address: str) -> tuple[str, ...]:
    """The passwords in an address (`scheme://user:password@host`, `PWD=` of ODBC), as written and decoded."""
    written = [match["password"] or match["keyed"] for match in _PASSWORD_IN_ADDRESS.finditer(address)]
    return tuple(dict.fromkeys(spelling for text in written for spelling in (text, unquote_plus(text))))


def configured_secrets(folder: Path | None = None) -> tuple[str, ...]:
    """The values of all secrets in the environment and in `.env`, the one that loses against the other included.

    For redaction, which must work whatever else is wrong: a `.env` that cannot be read holds no secret that anybody
    could have used. It is read again when it changed.

    Args:
        folder: Where `.env` is looked for; the working folder when None.
    """
    path = ENV_FILE if folder is None else folder / ENV_FILE
    try:
        state = path.stat()
    except OSError:
        in_file: Mapping[str, str | None] = {}
    else:
        in_file = _env_file_as_of(path, state.st_ino, state.st_mtime_ns, state.st_size)
    sources = (os.environ, in_file)
    found = [source.get(name) for source in sources for name in SECRET_VARIABLES]
    addresses = [source.get(variable_name(field)) for source in sources for field in ADDRESS_FIELDS]
    found += [password for address in addresses for password in passwords_in(address or "")]
    return tuple(dict.fromkeys(value for value in found if value))


def variable_name(field: str) -> str:
    """The environment variable of a field: keys keep their vendors' names, all else is prefixed."""
    return field.upper() if field in KEY_FIELDS else ENV_PREFIX + field.upper()


def _from_variables(variables: Mapping[str, str | None], where: str) -> dict[str, object]:
    """Settings among environment variables; an empty value counts as not set."""
    by_variable = {variable_name(field): field for field in Settings.model_fields}
    for name in variables:
        if name.startswith(ENV_PREFIX) and name not in by_variable:
            raise SynthDealError(
                f"{name} in {where} is not a SynthDeal setting: remove it or correct its name "
                "(`synthdeal doctor` lists all settings).",
                code="settings.unknown",
                usage=True,
            )
    return {field: variables[name] for name, field in by_variable.items() if variables.get(name)}


def _read_env_file(path: Path) -> Mapping[str, str | None]:
    try:
        return dotenv_values(path, encoding="utf-8") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SynthDealError(
            f"{path} cannot be read ({error}): make it a readable UTF-8 file or remove it.",
            code="settings.env-file-unreadable",
            usage=True,
        ) from error


@lru_cache(maxsize=4)
def _env_file_as_of(path: Path, _inode: int, _modified_ns: int, _size: int) -> Mapping[str, str | None]:
    try:
        return _read_env_file(path)
    except SynthDealError:
        return {}


def _read_toml_file(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SynthDealError(
            f"{path} cannot be read ({error}): correct the file or remove it.",
            code="settings.toml-unreadable",
            usage=True,
        ) from error
    for name in values:
        if name in SECRET_FIELDS:
            raise SynthDealError(
                f"{name} is in {path}: move it to the environment or to .env, the only places for secrets.",
                code="settings.secret-in-toml",
                usage=True,
            )
        if name not in Settings.model_fields:
            raise SynthDealError(
                f"{name} in {path} is not a SynthDeal setting: remove it or correct its name "
                "(`synthdeal doctor` lists all settings).",
                code="settings.unknown",
                usage=True,
            )
    return values


def _describe(field: str, source: SettingSource, value: object, reason: str) -> str:
    named = f"--{field.replace('_', '-')}" if source == "flag" else variable_name(field)
    shown = (
        "(hidden)"
        if field in SECRET_FIELDS or (field in ADDRESS_FIELDS and passwords_in(str(value)))
        else repr(value if isinstance(value, (str, int, float)) else str(value))
    )
    reason = reason.removeprefix("Value error, ")
    return f"{named} is {shown} (from {source}), which is not accepted: {reason[:1].lower()}{reason[1:]}."
