"""A job that does everything wrong with secrets, and the secrets: for the tests that look for them afterwards.

`python -m synthdeal_assets_tests.foundation.planted_secrets` runs it in the process of its own; the secrets are put
together here so that no key stands in the source.
"""

import base64
import logging
import subprocess
import sys
from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    InstigatorType,
    SerializableErrorInfo,
    TickData,
    TickStatus,
)
from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.settings import Settings

ODD_KEY: Final = 'conf"igured \\ Schlüssel 4711'
"""The configured OPENAI_API_KEY of the test: no known shape, and spelled differently in JSON, in URLs and by repr."""

TAIL: Final = "Q7vXz2LmN8pRt4Kc"
SHAPED: Final = {
    "openai": f"sk-proj-{TAIL}",
    "anthropic": f"sk-ant-api03-{TAIL}",
    "aws": "AKIA" + "IOSFODNN7" + "PLANTED",
    "github": f"ghp_{TAIL}{TAIL}",
    "github_fine": f"github_pat_{TAIL}",
    "slack": f"xoxb-{TAIL}",
    "google": f"AIza{TAIL}{TAIL}",
    "bearer": f"Bearer {TAIL}Bearer1",
    "jwt": ".".join(("eyJhbGciOiJIUzI1NiJ9", f"eyJzdWIi{TAIL}", f"{TAIL}JwtSignature")),
    "url": "postgresql://reporter:Wh1te-rabbit@warehouse.example/sales",
    "pair": "api_key=Off-with-her-head",
    "json_pair": '{"user": "alice", "password": "Dr1nk me"}',
}
LEAKS: Final = (
    *(SHAPED[name] for name in ("openai", "anthropic", "aws", "github", "github_fine", "slack", "google")),
    f"{TAIL}Bearer1",
    f"{TAIL}JwtSignature",
    "Wh1te-rabbit",
    "Off-with-her-head",
    "Dr1nk me",
    # The odd key as itself and as JSON, repr and URLs write it; base64 of a text that holds it.
    ODD_KEY,
    "Schlüssel 4711",
    "Schl\\u00fcssel 4711",
    "Schl%C3%BCssel",
    base64.b64encode(f"user:{ODD_KEY}".encode()).decode()[8:-4],
)
EVERYTHING: Final = " | ".join([ODD_KEY, *SHAPED.values()])


class Careless(dg.Config):
    """Config that holds secrets."""

    note: str
    password: str


@dg.asset(key=["planted", "table"], metadata={"from_code": EVERYTHING}, description=f"Made with {SHAPED['openai']}.")
def planted_table(context: dg.AssetExecutionContext, config: Careless) -> dg.MaterializeResult[None]:
    """Succeeds, and says too much."""
    print("printed", EVERYTHING, flush=True)  # noqa: T201
    print("printed to stderr", EVERYTHING, file=sys.stderr, flush=True)  # noqa: T201
    subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1])", EVERYTHING], check=True)
    context.log.info("logged %s", EVERYTHING)
    dg.get_dagster_logger().warning("warned %s", EVERYTHING)
    logging.getLogger("synthdeal_assets.planted").warning("module warned %s", EVERYTHING)
    try:
        raise RuntimeError(EVERYTHING)
    except RuntimeError:
        context.log.exception("caught")
    context.log_event(dg.AssetObservation(["planted", "table"], metadata={"observed": EVERYTHING}))
    return dg.MaterializeResult(
        metadata={
            "text": EVERYTHING,
            "json": dg.MetadataValue.json({"inner": EVERYTHING, "password": "Dr1nk me", "keys": list(SHAPED.values())}),
            "md": dg.MetadataValue.md(f"**{EVERYTHING}**\n\n{base64.b64encode(f'user:{ODD_KEY}'.encode()).decode()}"),
            "url": dg.MetadataValue.url(SHAPED["url"]),
            "config": config.note,
        }
    )


@dg.asset(key=["planted", "failure"], deps=[planted_table])
def planted_failure() -> None:
    """Fails, with a chain of errors that say too much."""
    try:
        raise ConnectionError(f"refused {EVERYTHING}")
    except ConnectionError as error:
        raise dg.Failure(f"gave up {EVERYTHING}", metadata={"why": EVERYTHING}, allow_retries=False) from error


@dg.asset_check(asset=planted_table)
def planted_check() -> dg.AssetCheckResult:
    """Does not pass, and says too much."""
    return dg.AssetCheckResult(passed=False, description=EVERYTHING, metadata={"found": EVERYTHING})


definitions = dg.Definitions(
    assets=[planted_table, planted_failure],
    asset_checks=[planted_check],
    jobs=[dg.define_asset_job("planted", tags={"from_code": SHAPED["slack"]})],
    executor=dg.in_process_executor,
)


def run_planted_job(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Run the job, and leave a failed tick of a sensor and an error outside a run behind."""
    result = definitions.resolve_job_def("planted").execute_in_process(
        instance=instance,
        tags={"planted": EVERYTHING},
        run_config={
            "ops": {"planted__table": {"config": {"note": EVERYTHING, "password": "Dr1nk me"}}},
            "loggers": {"console": {"config": {"log_level": "DEBUG"}}},
        },
        raise_on_error=False,
    )
    error = SerializableErrorInfo(message=EVERYTHING, stack=[EVERYTHING], cls_name="Planted")
    tick = TickData("planted", "planted", InstigatorType.SENSOR, TickStatus.FAILURE, timestamp=1.0, error=error)
    instance.create_tick(tick)
    instance.report_engine_event(f"from outside {EVERYTHING}", result.dagster_run)
    return result


if __name__ == "__main__":
    prepare_dagster_home(Settings.load().storage.home)
    with dg.DagsterInstance.get() as planted_instance:
        run_planted_job(planted_instance)
