"""The settings, group by group: their types, their limits, their defaults and what they mean.

A group is named after the room, or the part of the product, that reads it. What a setting is called outside, and where
its value comes from, belongs in `catalogue.py` and `sources.py`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from synthdeal_assets.settings.kinds import Cron, Day, EndpointUrl, ProviderName, UserPath, names_in

MIN_AS_OF = dt.date(2022, 1, 1)
"""Accounts are created before this day, so that no opportunity is older than its account."""
MAX_AS_OF = dt.date(2100, 12, 31)

WHITESPACE_PARTS = ("p_icp", "lift", "affinity", "expected_value")
"""What the whitespace score is blended from, in the order of `whitespace_weights`."""

_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")


class SettingsGroup(BaseModel):
    """A group of settings. A field whose setting has another name than itself says so with `alias`."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @classmethod
    def field_of(cls) -> dict[str, str]:
        """The field of each setting of the group, by the setting's name."""
        return {info.alias or field: field for field, info in cls.model_fields.items()}

    def values(self) -> dict[str, Any]:
        """The value of each setting of the group, by the setting's name."""
        return {name: getattr(self, field) for name, field in self.field_of().items()}


class StorageSettings(SettingsGroup):
    """The home folder, what lies in it, and how the warehouse in it is used."""

    home: UserPath = Field(
        default=Path(".synthdeal"),
        description="Folder that holds everything: warehouse, reports, run logs and Dagster's history.",
    )
    lock_timeout: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=60.0, description="Seconds to wait for a warehouse that another process is using."
    )
    turn_timeout: Annotated[float, Field(ge=0, le=2_592_000)] = Field(
        default=86_400.0,
        description="Seconds that a run waits for its turn while another run of the same home is in progress.",
    )
    keep_sessions_days: Annotated[int, Field(ge=1, le=36_500)] = Field(
        default=90, description="Days for which what was said about the plan of a dataset is kept."
    )
    duckdb_memory_gb: Annotated[float, Field(ge=0.25, le=4_096)] = Field(
        default=3.0,
        description="GB of memory that DuckDB may use for large worlds, sales and features before it spills to disk.",
    )

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


class WorldSettings(SettingsGroup):
    """Size, seed, day and names of the world, and whether it holds planted instructions."""

    opportunities: Annotated[int, Field(ge=1, le=2_000_000)] = Field(
        default=500, description="Size of the world: the number of opportunities created in the 364 days up to as_of."
    )
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = Field(
        default=42, description="Seed of the world: another seed gives another company with other deals."
    )
    as_of: Day | None = Field(
        default=None, description="Date of the world (YYYY-MM-DD); unset means today in `timezone`."
    )
    replace_world: bool = Field(
        default=False,
        description="Allow a run with another seed, size, kind of names or planted instructions to replace the world.",
    )
    account_names: Literal["public", "fictional"] = Field(
        default="public",
        description="Names of accounts: public (real public companies; every figure is synthetic) or fictional "
        "(invented). Real names suffice for about 800 opportunities; beyond, public has invented "
        "ones too.",
    )
    planted_instructions: bool = Field(
        default=True,
        description='Whether about 2% of the deals carry an instruction to the scorer ("ignore the rubric"), which '
        "measures what such texts do to a score; off for a demo that is shown to customers. A world with and one "
        "without are different worlds.",
    )

    @field_validator("as_of")
    @classmethod
    def _as_of_in_range(cls, value: dt.date | None) -> dt.date | None:
        if value is not None and not MIN_AS_OF <= value <= MAX_AS_OF:
            raise ValueError(f"must be between {MIN_AS_OF} and {MAX_AS_OF}")
        return value


class ScoringSettings(SettingsGroup):
    """The scorer, and its second attempts."""

    scorer: Literal["heuristic", "openai", "anthropic", "hybrid"] = Field(
        default="heuristic",
        description="Who scores the opportunities: heuristic (fixed rules), openai (any OpenAI-compatible endpoint), "
        "anthropic, or hybrid (a model, and the heuristic where the model fails).",
    )
    concurrency: Annotated[int, Field(ge=1, le=1024)] = Field(
        alias="scorer_concurrency", default=32, description="Number of opportunities scored at the same time."
    )
    hybrid_provider: ProviderName = Field(default="openai", description="Provider whose model the hybrid scorer asks.")
    retry_max_attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Attempts after which a failing opportunity is no longer retried automatically."
    )
    retry_backoff_minutes: Annotated[float, Field(ge=0, le=1440)] = Field(
        default=5.0, description="Minutes before a failed opportunity is retried; doubles with each attempt."
    )


class LlmSettings(SettingsGroup):
    """Models, endpoints and their keys, limits, prices and prompts."""

    openai_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="gpt-6-luna", description="Model that the openai scorer asks."
    )
    openai_base_url: EndpointUrl | None = Field(
        default=None,
        description="Address of an OpenAI-compatible endpoint, such as http://localhost:11434/v1; unset means OpenAI.",
    )
    anthropic_model: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="claude-haiku-5-5", description="Model that the anthropic scorer asks."
    )
    anthropic_base_url: EndpointUrl | None = Field(
        default=None, description="Address of an endpoint that speaks Anthropic's Messages API; unset means Anthropic."
    )
    endpoint_name: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None,
        description="Name under which paid answers of an endpoint that moves are found again; unset means its host, "
        "port and path.",
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
    schema_mode: Literal["auto", "strict", "json_object", "words"] = Field(
        default="auto",
        description="How a model is asked for the form of its answer: strict sends a JSON schema, json_object asks for "
        "any JSON object and describes the form in words, words only describes it; auto sends the schema and turns to "
        "words when the endpoint refuses or ignores it.",
    )
    timeout: Annotated[float, Field(gt=0, le=3600)] = Field(
        alias="llm_timeout",
        default=120.0,
        description="Timeout of one request in seconds, from sending it to the last byte of the answer.",
    )
    max_attempts: Annotated[int, Field(ge=1, le=50)] = Field(
        alias="llm_max_attempts",
        default=8,
        description="Maximum requests for one opportunity in one run before it counts as failed.",
    )
    max_wait: Annotated[float, Field(ge=0, le=3600)] = Field(
        alias="llm_max_wait",
        default=60.0,
        description="Longest pause in seconds that an endpoint may ask for; longer ones end the attempt.",
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
    prompts: UserPath | None = Field(
        default=None,
        description="Folder of your prompts, one folder per room such as scoring/; a file there replaces its namesake.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None, description="OpenAI API key; read from the environment or .env only."
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None, description="Anthropic API key; read from the environment or .env only."
    )


def _names_a_source(value: str) -> str:
    # An empty word is what a shell makes of a variable that is not set: no reason to read another log.
    if not value.strip(" ;"):
        raise ValueError("must name a file, a folder or a database")
    return value


_Sources = Annotated[str, AfterValidator(_names_a_source)]


class SalesSettings(SettingsGroup):
    """The sales log with what explains it, and the size of the synthetic one."""

    log: _Sources | None = Field(
        alias="sales_log",
        default=None,
        description="Sales log: files, folders or a database's SQLAlchemy address, separated by ';', or synthetic to "
        "generate one from the world; unset means the log in the warehouse, or a synthetic one if there "
        "is none.",
    )
    log_table: str | None = Field(
        alias="sales_log_table",
        default=None,
        description="Table that holds the sales log when it is in a database, such as dbo.sales_log.",
    )
    holdout: _Sources | None = Field(
        alias="sales_holdout",
        default=None,
        description="Later sales, used only to validate the models; takes the same forms as the sales log.",
    )
    product_map: UserPath | None = Field(
        default=None,
        description="Product map (YAML) of the sales log; unset means the one in the warehouse, or one proposed from "
        "the header.",
    )
    customers: Annotated[int, Field(ge=50, le=1_000_000)] = Field(
        alias="whitespace_customers", default=2_000, description="About how many customers the synthetic sales log has."
    )


class WhitespaceSettings(SettingsGroup):
    """Cutoff and window, divisions, the score, the list, and where MLflow is."""

    cutoff: Day | None = Field(
        alias="whitespace_cutoff",
        default=None,
        description="Last day that features and the whitespace list may use (YYYY-MM-DD); unset means the last day "
        "of the sales log.",
    )
    window_days: Annotated[int, Field(ge=1, le=3_650)] | None = Field(
        alias="whitespace_window_days",
        default=None,
        description="Days after a cutoff in which a purchase counts as a success; unset means the longest of 180, "
        "120, 90, 60 and 30 that the sales log is long enough for.",
    )
    training_cutoffs: Annotated[int, Field(ge=1, le=60)] = Field(
        alias="whitespace_training_cutoffs",
        default=6,
        description="Maximum number of earlier cutoffs that a model learns from.",
    )
    divisions: str | None = Field(
        alias="whitespace_divisions",
        default=None,
        description="Divisions to model, separated by ';' (put a name that contains one in double quotes); unset "
        "means all.",
    )
    weights: str = Field(
        alias="whitespace_weights",
        default="0.60/0.20/0.10/0.10",
        description="Weights of purchase probability (p_icp), basket lift, affinity and expected value in the "
        "whitespace score; they must sum to 1.",
    )
    capacity_per_rep: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        alias="whitespace_capacity_per_rep",
        default=25,
        description="Number of whitespace pairs that one rep can work on until the next list.",
    )
    recent_purchase_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        alias="whitespace_recent_purchase_days",
        default=14,
        description="Days after any purchase in which a customer is excluded from the list; 0 excludes nobody.",
    )
    do_not_contact: UserPath | None = Field(
        alias="whitespace_do_not_contact",
        default=None,
        description="CSV file with a column customer_id that lists the customers nobody may contact.",
    )
    mlflow_tracking_uri: str | None = Field(
        default=None, description="Tracking address of MLflow; unset means an SQLite file in the home folder."
    )

    @field_validator("weights")
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

    @field_validator("divisions")
    @classmethod
    def _names_a_division(cls, value: str | None) -> str | None:
        if value is not None and not names_in(value):
            raise ValueError("must name a division")
        return value

    @property
    def weight_of(self) -> dict[str, float]:
        """The weight of each part of the whitespace score, by its name in `WHITESPACE_PARTS`."""
        return dict(zip(WHITESPACE_PARTS, map(float, self.weights.split("/")), strict=True))

    @property
    def chosen_divisions(self) -> tuple[str, ...] | None:
        """The divisions to model; None means all."""
        return None if self.divisions is None else names_in(self.divisions)


class ScheduleSettings(SettingsGroup):
    """The schedules and their time zone, which also decides what day "today" is."""

    timezone: str = Field(default="UTC", description="Time zone (IANA name) of the nightly schedule and of 'today'.")
    nightly_cron: Cron = Field(
        default="0 2 * * *", description="When the nightly refresh runs (cron expression with five fields)."
    )
    whitespace_cron: Cron = Field(
        default="0 3 1 * *", description="When the monthly whitespace refresh runs (cron expression with five fields)."
    )
    dataset_cron: Cron = Field(
        default="0 4 * * *", description="When scheduled datasets are generated (cron expression with five fields)."
    )
    scheduled_datasets: str | None = Field(
        default=None, description="Datasets that the schedule generates anew, separated by ';'; unset means none."
    )

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is not a known time zone, such as UTC or Europe/Berlin") from error
        return value


class UiSettings(SettingsGroup):
    """Names and token of `synthdeal ui`."""

    hosts: str | None = Field(
        alias="ui_hosts",
        default=None,
        description=(
            "Further host names that `synthdeal ui` and `synthdeal demo-llm` accept, separated by ';'; the address "
            "they listen on and the names of this machine are always accepted."
        ),
    )
    token: SecretStr | None = Field(
        alias="ui_token",
        default=None,
        description="Token that `synthdeal ui` requires; read from the environment or .env only.",
    )

    @field_validator("hosts")
    @classmethod
    def _names_hosts(cls, value: str | None) -> str | None:
        if value is not None and not all(map(_HOST_NAME.fullmatch, names_in(value) or ("",))):
            raise ValueError(
                "must be host names without http:// and port, separated by ';', such as deals.example.com;192.0.2.7"
            )
        return value

    @field_validator("token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        # Characters that stand in an address as they are: one that is copied into it is the same token there.
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~-]{12,}", value.get_secret_value()):
            raise ValueError(
                "must have at least 12 characters, all of them letters, digits, dots, hyphens, underscores or tildes, "
                "such as `openssl rand -hex 16` makes"
            )
        return value

    @property
    def served_names(self) -> tuple[str, ...]:
        """The names in `ui_hosts`."""
        return names_in(self.hosts or "")


@dataclass(frozen=True)
class SettingsGroups:
    """All groups, by the names that they have in `Settings`, in the order in which settings are listed."""

    storage: StorageSettings
    world: WorldSettings
    scoring: ScoringSettings
    llm: LlmSettings
    sales: SalesSettings
    whitespace: WhitespaceSettings
    schedules: ScheduleSettings
    ui: UiSettings


GROUPS: Final[dict[str, type[SettingsGroup]]] = get_type_hints(SettingsGroups)
