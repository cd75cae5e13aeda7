"""Runs and models in MLflow: one run a division and model cutoff, and the champion in the registry.

Only MLflow's client is used, with the address handed to it, so that nothing global changes; telemetry is off, and no
address but the tracking one is spoken to. What is trained belongs in `training.py`; how a model is loaded again in
`served_model.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import math
import os
import re
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.whitespace.learning_packages import EXTRA
from synthdeal_assets.whitespace.served_model import MODEL_FILE
from synthdeal_assets.whitespace.vocabulary import CHAMPION


@contextmanager
def _no_telemetry_from_the_start() -> Iterator[None]:
    # MLflow starts its telemetry while it is imported, and nothing but the environment stops that. Afterwards the
    # environment is again what the user made it.
    unset = [name for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK") if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "true"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]


with _no_telemetry_from_the_start():
    import mlflow.pyfunc
    from mlflow.entities import Metric, Param
    from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY, MLFLOW_HTTP_REQUEST_MAX_RETRIES
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode
    from mlflow.tracking import MlflowClient


# Defaults, which a variable of the user's beats.
MLFLOW_DISABLE_TELEMETRY.default = True
MLFLOW_HTTP_REQUEST_MAX_RETRIES.default = 2

EXPERIMENT: Final = "synthdeal-whitespace"
MODEL_PREFIX: Final = "synthdeal-whitespace-"
ALIAS: Final = "champion"
ARTIFACTS_FOLDER: Final = "mlflow_artifacts"
"""Beside the SQLite file of the embedded store."""
SECONDS_TO_CONNECT: Final = 5.0
MAX_PARAMETER_LENGTH: Final = 6_000
MEASURED: Final = (
    "validation_auc",
    "validation_lift_at_10",
    "validation_brier",
    "calibration_error_before",
    "calibration_error_after",
    "training_base_rate",
    "latest_base_rate",
    "base_rate_drift",
    "training_rows",
    "training_positives",
)
REQUIREMENTS: Final = (EXTRA,)
"""Told to MLflow so that it need not find out what is imported; the package brings the rest."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a division's models of a cutoff are in MLflow.

    Attributes:
        run_id: The run.
        model: Name and version in the registry; None when both populations have a rule.
    """

    run_id: str
    model: str | None


class Tracking:
    """An MLflow store that was reached.

    Attributes:
        address: The tracking address, which may hold a password.
        experiment_id: The experiment of this room.
    """

    def __init__(self, address: str) -> None:
        """Reach the store and make the experiment if it lacks.

        Raises:
            SynthDealError: It cannot be reached, or is not one.
        """
        self.address = address
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        _require_listening(address)
        try:
            self._client = MlflowClient(tracking_uri=address, registry_uri=address)
            found = self._client.get_experiment_by_name(EXPERIMENT)
            self.experiment_id: str = (
                found.experiment_id
                if found is not None
                else self._client.create_experiment(EXPERIMENT, artifact_location=_artifacts_of(address))
            )
        except Exception as error:
            raise _not_reached(address, error) from error

    @property
    def command(self) -> str | None:
        """The command that shows an embedded store in a browser; None for a server, which shows itself."""
        return None if _is_server(self.address) else f"mlflow ui --backend-store-uri {self.address}"

    def url_of(self, run_id: str) -> str | None:
        """The page of a run on a tracking server; None for an embedded store."""
        if not _is_server(self.address):
            return None
        parts = urlsplit(self.address)
        host = parts.netloc.rsplit("@", 1)[-1]
        return f"{parts.scheme}://{host}{parts.path.rstrip('/')}/#/experiments/{self.experiment_id}/runs/{run_id}"

    def track(
        self, division: str, model_cutoff: dt.date, rows: Sequence[Mapping[str, Any]], *, is_current: bool
    ) -> Tracked:
        """Log the models of a division at a cutoff, both populations in one run, and register the champions.

        Args:
            division: The division.
            model_cutoff: The cutoff that the models are used at.
            rows: Rows of whitespace.models.
            is_current: Whether they are for the present list: only then the alias champion moves to them.

        Raises:
            SynthDealError: The store is not there any more, or refuses.
        """
        try:
            return self._track(division, model_cutoff, rows, is_current=is_current)
        except Exception as error:
            raise _not_reached(self.address, error) from error

    def _track(
        self, division: str, model_cutoff: dt.date, rows: Sequence[Mapping[str, Any]], *, is_current: bool
    ) -> Tracked:
        run = self._client.create_run(
            self.experiment_id,
            run_name=f"{division} {model_cutoff}",
            tags={"division": division, "model_cutoff": model_cutoff.isoformat(), "mlflow.source.name": "synthdeal"},
        )
        run_id = run.info.run_id
        # MLflow wants a moment with each measure: that of its own run, because no clock is read here.
        stamp = run.info.start_time
        metrics, parameters = [], []
        for row in rows:
            prefix = f"{row['population']}.{row['learner']}"
            metrics += [
                Metric(f"{prefix}.{name}", float(row[name]), stamp, 0)
                for name in MEASURED
                if row[name] is not None and math.isfinite(row[name])
            ]
            parameters.append(Param(f"{prefix}.role", row["model_role"]))
            if row["model_role"] == CHAMPION:
                told = {name: row[name] for name in ("training_cutoffs", "calibration", "parameters")}
                parameters += [
                    Param(f"{row['population']}.{name}", str(value)[:MAX_PARAMETER_LENGTH])
                    for name, value in told.items()
                ]
        self._client.log_batch(run_id, metrics=metrics, params=parameters)
        champions = {
            row["population"]: row["model_text"]
            for row in rows
            if row["model_role"] == CHAMPION and row["model_text"] is not None
        }
        importances = {
            f"{row['population']}.{row['learner']}": json.loads(row["importances"])
            for row in rows
            if row["importances"] != "{}"
        }
        model = None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "importances.json").write_text(json.dumps(importances, indent=1), encoding="utf-8")
            if champions:
                (folder / MODEL_FILE).write_text(json.dumps(champions), encoding="utf-8")
                mlflow.pyfunc.save_model(
                    str(folder / "model"),
                    loader_module="synthdeal_assets.whitespace.served_model",
                    data_path=str(folder / MODEL_FILE),
                    pip_requirements=list(REQUIREMENTS),
                )
                (folder / MODEL_FILE).unlink()
            self._client.log_artifacts(run_id, str(folder))
            if champions:
                model = self._register(division, run_id, f"{run.info.artifact_uri}/model", is_current=is_current)
        self._client.set_terminated(run_id)
        return Tracked(run_id, model)

    def _register(self, division: str, run_id: str, source: str, *, is_current: bool) -> str:
        name = registered_name(division)
        try:
            self._client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise
        version = self._client.create_model_version(name, source, run_id)
        if is_current:
            self._client.set_registered_model_alias(name, ALIAS, version.version)
        return f"{name} {version.version}"


def registered_name(division: str) -> str:
    """The division's name in the registry, which does not take every character."""
    plain = re.sub(r"[^\w -]+", "-", division)
    if plain == division:
        return MODEL_PREFIX + division
    return f"{MODEL_PREFIX}{plain}-{hashlib.blake2b(division.encode(), digest_size=4).hexdigest()}"


def _is_server(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _artifacts_of(address: str) -> str | None:
    """Where the artifacts of an SQLite store are kept: beside it, not in the folder one happens to stand in."""
    if not address.startswith("sqlite:///"):
        return None
    return (Path(address.removeprefix("sqlite:///")).absolute().parent / ARTIFACTS_FOLDER).as_uri()


def _require_listening(address: str) -> None:
    """Ask whether anybody listens at a server's port: MLflow itself would try for minutes."""
    if not _is_server(address):
        return
    parts = urlsplit(address)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), SECONDS_TO_CONNECT).close()
    except (OSError, ValueError) as error:
        raise _not_reached(address, error) from error


def _not_reached(address: str, error: Exception) -> SynthDealError:
    shown = re.sub(r"://[^@/]*@", "://", address)
    reason = re.sub(r"://[^@/\s]*@", "://", str(error).strip().split("\n")[0])[:200] or type(error).__name__
    return SynthDealError(
        f"MLflow at {shown} is not available ({reason.rstrip('.')}): start its server or correct "
        "SYNTHDEAL_MLFLOW_TRACKING_URI; if you unset it, MLflow uses a file in the home folder.",
        code="mlflow.unusable",
    )
