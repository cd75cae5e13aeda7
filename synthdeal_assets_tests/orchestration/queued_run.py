"""A run that waits in the queue, as the daemon would find it."""

from __future__ import annotations

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.dagster_internals import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)


def queued_run(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.DagsterRun:
    """A queued run of a job that a module defines; Dagster wants to know where it would be loaded from."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("synthdeal_assets"), "__repository__")
    return instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.QUEUED,
        remote_job_origin=RemoteJobOrigin(repository, job.name),
        job_code_origin=dg.reconstructable(job).get_python_origin(),
    )
