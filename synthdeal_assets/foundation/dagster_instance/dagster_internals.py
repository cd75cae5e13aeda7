"""The one place that knows the private modules of Dagster's packages; every other module asks it for a name.

What Dagster promises to keep stands in `dagster` itself (`dg.…`); what is here can move with any release. Each name
has its row in `INTERNALS`: where it is, who needs it for what, which public API is missing, and what of it we call,
override or read. A name is imported when it is first asked for, so importing this module costs nothing, and a code
location loads nothing of the web server's.

When a name moves (a test says which): find it in the new release and write its new module here, in its row and in the
imports for the type checker; if its parameters or attributes are others, mend whoever uses it, then its row. When
Dagster makes it public, take it from `dg` and delete the row. The range of versions in `pyproject.toml` ends before
the next minor release for the sake of this list.

What is built upon these names belongs to their users. What is private in other packages does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dagster._cli.proxy_server_manager import ProxyServerManager
    from dagster._config.config_schema import UserConfigSchema
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.event_api import EventHandlerFn
    from dagster._core.instance.ref import InstanceRef
    from dagster._core.log_manager import get_log_record_metadata, has_log_record_metadata
    from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.scheduler.instigation import TickData, TickStatus
    from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
    from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
        INDEX_SHARD_NAME,
        SqliteEventLogStorage,
        SqliteEventLogStorageWatchdog,
    )
    from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
    from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
    from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
    from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
    from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
    from dagster._core.utils import make_new_run_id
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._serdes import ConfigurableClassData
    from dagster._utils.log import configure_loggers
    from dagster._utils.schedules import is_valid_cron_schedule
    from dagster_shared.check import CheckError
    from dagster_shared.error import SerializableErrorInfo
    from dagster_webserver.app import create_app_from_workspace_process_context
    from dagster_webserver.cli import (
        DEFAULT_DB_STATEMENT_TIMEOUT,
        DEFAULT_POOL_MAX_OVERFLOW,
        DEFAULT_POOL_RECYCLE,
    )

__all__ = [
    "DAEMON_MODULE",
    "DEFAULT_DB_STATEMENT_TIMEOUT",
    "DEFAULT_POOL_MAX_OVERFLOW",
    "DEFAULT_POOL_RECYCLE",
    "INDEX_SHARD_NAME",
    "INTERNALS",
    "IN_PROGRESS_RUN_STATUSES",
    "IO_TYPE_EXTENSION",
    "SQLITE_BUSY_TIMEOUT_SECONDS",
    "CapturedLogContext",
    "CheckError",
    "ComputeIOType",
    "ConfigurableClassData",
    "DagsterSqliteStorage",
    "EventHandlerFn",
    "InstanceRef",
    "InstigatorType",
    "Internal",
    "LocalComputeLogManager",
    "ProxyServerManager",
    "RegisteredCodeLocationOrigin",
    "RemoteJobOrigin",
    "RemoteRepositoryOrigin",
    "SerializableErrorInfo",
    "SqliteEventLogStorage",
    "SqliteEventLogStorageWatchdog",
    "SqliteRunStorage",
    "SqliteScheduleStorage",
    "TickData",
    "TickStatus",
    "UserConfigSchema",
    "WorkspaceFileTarget",
    "WorkspaceProcessContext",
    "configure_loggers",
    "create_app_from_workspace_process_context",
    "get_log_record_metadata",
    "has_log_record_metadata",
    "imported",
    "is_valid_cron_schedule",
    "make_new_run_id",
    "moved",
]

DAEMON_MODULE: Final = "dagster._daemon"
"""What `python -m` runs as the daemon; the public command `dagster-daemon` need not be on PATH, or not this one."""

_STORAGE: Final = "foundation.dagster_instance.storage"
_COMPUTE_LOGS: Final = "foundation.dagster_instance.compute_logs"
_RUN_LOG: Final = "foundation.dagster_instance.run_log"
_UI_SERVER: Final = "cli.ui_server"
_NO_STORAGE_API: Final = "dagster.yaml takes a storage class of one's own, but none to extend is public"
_NO_SERVER_API: Final = "`dagster dev` takes no middleware, and its parts are not public"
_NO_TYPE: Final = "the type stands in signatures that we override, and is not public"


@dataclass(frozen=True, slots=True)
class Internal:
    """A name of Dagster's that it does not promise to keep.

    Attributes:
        module: The private module that has it.
        purpose: What it is needed for, as the end of "is needed to …".
        used_by: The modules that import it from here, below `synthdeal_assets` or, for tests, `synthdeal_assets_tests`.
        missing: The public API that would do instead, and does not exist.
        uses: What of it we call, override or read: `(a, b)` for parameters of its own, `name` for an attribute,
            `name(a, b)` for a method and its parameters.
    """

    module: str
    purpose: str
    used_by: tuple[str, ...]
    missing: str
    uses: tuple[str, ...] = ()


INTERNALS: Final[dict[str, Internal]] = {
    # --- The storage that dagster.yaml names
    "DagsterSqliteStorage": Internal(
        "dagster._core.storage.sqlite_storage",
        "keep Dagster's history in its own files, without secrets",
        (_STORAGE,),
        _NO_STORAGE_API,
        (
            "(base_dir, inst_data)",
            "_event_log_storage",
            "_inst_data",
            "_instance_weakref",
            "_run_storage",
            "_schedule_storage",
            "base_dir",
            "config_type()",
            "from_config_value(inst_data, config_value)",
        ),
    ),
    "SqliteRunStorage": Internal(
        "dagster._core.storage.runs.sqlite.sqlite_run_storage",
        "store runs, tags and snapshots without secrets",
        (_STORAGE,),
        _NO_STORAGE_API,
        ("_conn_string", "connect()", "dispose()", "from_local(base_dir)"),
    ),
    "SqliteScheduleStorage": Internal(
        "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage",
        "store ticks of schedules and sensors without secrets",
        (_STORAGE,),
        _NO_STORAGE_API,
        ("_conn_string", "connect()", "dispose()", "from_local(base_dir)"),
    ),
    "SqliteEventLogStorage": Internal(
        "dagster._core.storage.event_log.sqlite.sqlite_event_log",
        "store events without secrets, on connections that stay open, and tell the run log of each",
        (_STORAGE,),
        _NO_STORAGE_API,
        (
            "(base_dir, inst_data)",
            "_base_dir",
            "_connect(shard)",
            "_db_lock",
            "_initdb(engine)",
            "_initialized_dbs",
            "_instance",
            "_obs",
            "_watchers",
            "conn_string_for_shard(shard_name)",
            "dispose()",
            "has_instance",
            "has_table(table_name)",
            "store_event(event)",
            "watch(run_id, cursor, callback)",
            "wipe()",
        ),
    ),
    "SqliteEventLogStorageWatchdog": Internal(
        "dagster._core.storage.event_log.sqlite.sqlite_event_log",
        "show new events of a run in the UI while they are only in the write-ahead log",
        (_STORAGE,),
        _NO_STORAGE_API,
        (
            "(event_log_storage, run_id, callback, cursor)",
            "_log_path",
            "_patterns",
            "_process_log()",
            "on_modified(event)",
        ),
    ),
    "INDEX_SHARD_NAME": Internal(
        "dagster._core.storage.event_log.sqlite.sqlite_event_log",
        "open the database of events across runs",
        (_STORAGE,),
        _NO_STORAGE_API,
    ),
    "SQLITE_BUSY_TIMEOUT_SECONDS": Internal(
        "dagster._core.storage.sqlite",
        "wait as long for a locked database as Dagster does",
        (_STORAGE,),
        _NO_STORAGE_API,
    ),
    "EventHandlerFn": Internal("dagster._core.event_api", "type the callback of a watched run", (_STORAGE,), _NO_TYPE),
    "ConfigurableClassData": Internal(
        "dagster._serdes", "type what Dagster passes to a class of dagster.yaml", (_COMPUTE_LOGS, _STORAGE), _NO_TYPE
    ),
    "UserConfigSchema": Internal(
        "dagster._config.config_schema",
        "type the config of a class of dagster.yaml",
        (_COMPUTE_LOGS, _STORAGE),
        _NO_TYPE,
    ),
    # --- What a run prints and logs
    "LocalComputeLogManager": Internal(
        "dagster._core.storage.local_compute_log_manager",
        "keep what a run prints where Dagster looks for it, without secrets",
        (_COMPUTE_LOGS,),
        "dagster.yaml takes a compute log manager of one's own, but none to extend is public",
        (
            "(base_dir, polling_timeout, inst_data)",
            "capture_logs(log_key)",
            "config_type()",
            "from_config_value(inst_data, config_value)",
            "get_captured_local_path(log_key, extension)",
        ),
    ),
    "IO_TYPE_EXTENSION": Internal(
        "dagster._core.storage.local_compute_log_manager",
        "name the files of stdout and stderr as Dagster does",
        (_COMPUTE_LOGS,),
        "the names of these files are not public",
    ),
    "ComputeIOType": Internal(
        "dagster._core.storage.compute_log_manager",
        "tell stdout from stderr",
        (_COMPUTE_LOGS,),
        _NO_TYPE,
        ("STDOUT", "STDERR"),
    ),
    "CapturedLogContext": Internal(
        "dagster._core.storage.compute_log_manager",
        "tell Dagster under which key a run's output is",
        (_COMPUTE_LOGS,),
        _NO_TYPE,
        ("(log_key)",),
    ),
    "has_log_record_metadata": Internal(
        "dagster._core.log_manager",
        "tell lines of a run from all others",
        (_RUN_LOG,),
        "handlers of dagster.yaml get records, but no public way to ask which run they are of",
        ("(record)",),
    ),
    "get_log_record_metadata": Internal(
        "dagster._core.log_manager",
        "write a line into the log of its run, with its job, step and event",
        (_RUN_LOG,),
        "handlers of dagster.yaml get records, but no public way to ask which run they are of",
        ("(record)",),
    ),
    "SerializableErrorInfo": Internal(
        "dagster_shared.error",
        "write an error of an event with its stack, cause and context",
        (_RUN_LOG, "foundation.planted_secrets"),
        "public events hold errors of this class, which is not public",
        ("(message, stack, cls_name)", "message", "stack", "cls_name", "cause", "context"),
    ),
    # --- Runs, schedules and the home
    "IN_PROGRESS_RUN_STATUSES": Internal(
        "dagster._core.storage.dagster_run",
        "find the runs that Dagster takes for unfinished",
        ("orchestration.dead_runs",),
        "statuses are public, but not which of them mean that a run goes on",
    ),
    "is_valid_cron_schedule": Internal(
        "dagster._utils.schedules",
        "refuse a cron expression by the name of its setting, before Dagster does without",
        ("orchestration.schedules",),
        "dg.ScheduleDefinition checks too, but its error is one of many of its class",
        ("(cron_schedule)",),
    ),
    "make_new_run_id": Internal(
        "dagster._core.utils",
        "know a run's id before the run exists, to show its progress",
        ("cli.run", "cli.whitespace.run"),
        "execute_in_process takes an id, but nothing public makes one that Dagster accepts",
        ("()",),
    ),
    "CheckError": Internal(
        "dagster_shared.check",
        "say in one sentence what is wrong in a dagster.yaml",
        ("cli.home",),
        "dg.DagsterInstance.from_config raises it, and it is not public",
    ),
    # --- The web server, the code server and the daemon behind `synthdeal ui`
    "ProxyServerManager": Internal(
        "dagster._cli.proxy_server_manager",
        "start one code server that the web server and the daemon share and the UI can reload",
        (_UI_SERVER,),
        _NO_SERVER_API,
        ("(instance, workspace_load_target, code_server_log_level)", "get_code_server_specs()"),
    ),
    "WorkspaceProcessContext": Internal(
        "dagster._core.workspace.context",
        "give the web server its instance and its code location",
        (_UI_SERVER,),
        _NO_SERVER_API,
        ("(instance, workspace_load_target, version, read_only, code_server_log_level)",),
    ),
    "WorkspaceFileTarget": Internal(
        "dagster._core.workspace.load_target",
        "read the code location from a workspace.yaml",
        (_UI_SERVER,),
        _NO_SERVER_API,
        ("paths",),
    ),
    "configure_loggers": Internal(
        "dagster._utils.log",
        "log as `dagster dev` does",
        (_UI_SERVER,),
        _NO_SERVER_API,
        ("(log_level)",),
    ),
    "create_app_from_workspace_process_context": Internal(
        "dagster_webserver.app",
        "put the guard before the web server's application",
        (_UI_SERVER,),
        _NO_SERVER_API,
        ("(workspace_process_context, live_data_poll_rate)",),
    ),
    "DEFAULT_DB_STATEMENT_TIMEOUT": Internal(
        "dagster_webserver.cli", "use the instance as the web server's command does", (_UI_SERVER,), _NO_SERVER_API
    ),
    "DEFAULT_POOL_MAX_OVERFLOW": Internal(
        "dagster_webserver.cli", "use the instance as the web server's command does", (_UI_SERVER,), _NO_SERVER_API
    ),
    "DEFAULT_POOL_RECYCLE": Internal(
        "dagster_webserver.cli", "use the instance as the web server's command does", (_UI_SERVER,), _NO_SERVER_API
    ),
    # --- What only tests build
    "InstanceRef": Internal(
        "dagster._core.instance.ref",
        "open an instance as `dagster dev` does without a home",
        ("foundation.test_dagster_home",),
        "dg.DagsterInstance opens one from a home only",
        ("from_dir(base_dir, config_dir)",),
    ),
    "InstigatorType": Internal(
        "dagster._core.definitions.run_request",
        "leave a failed tick of a sensor behind",
        ("foundation.planted_secrets",),
        "only the daemon makes ticks",
        ("SENSOR",),
    ),
    "TickData": Internal(
        "dagster._core.scheduler.instigation",
        "leave a failed tick of a sensor behind",
        ("foundation.planted_secrets",),
        "only the daemon makes ticks",
        ("(instigator_origin_id, instigator_name, instigator_type, status, timestamp, error)",),
    ),
    "TickStatus": Internal(
        "dagster._core.scheduler.instigation",
        "leave a failed tick of a sensor behind",
        ("foundation.planted_secrets",),
        "only the daemon makes ticks",
        ("FAILURE",),
    ),
    "RegisteredCodeLocationOrigin": Internal(
        "dagster._core.remote_origin",
        "queue a run without a daemon",
        ("orchestration.queued_run",),
        "only a code server tells where a job is loaded from",
        ("location_name",),
    ),
    "RemoteRepositoryOrigin": Internal(
        "dagster._core.remote_origin",
        "queue a run without a daemon",
        ("orchestration.queued_run",),
        "only a code server tells where a job is loaded from",
        ("code_location_origin", "repository_name"),
    ),
    "RemoteJobOrigin": Internal(
        "dagster._core.remote_origin",
        "queue a run without a daemon",
        ("orchestration.queued_run",),
        "only a code server tells where a job is loaded from",
        ("repository_origin", "job_name"),
    ),
}
"""Every such name; the table in its imports for the type checker and in `__all__` is the same, a test says."""


def imported(name: str, internal: Internal) -> Any:
    """The object of a name in the installed Dagster.

    Raises:
        ImportError: It is not where it was; the message says which name of which module, who needs it and what for.
        ModuleNotFoundError: The package itself, or one that it needs, is not installed.
    """
    package = internal.module.partition(".")[0]
    try:
        module = import_module(internal.module)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(f"{package}."):
            raise
        raise ImportError(moved(name, internal), name=internal.module) from error
    if not hasattr(module, name):
        raise ImportError(moved(name, internal), name=internal.module)
    return getattr(module, name)


def moved(what: str, internal: Internal) -> str:
    """What is gone, who needs it for what, and what to do.

    Args:
        what: The name, or what of it has gone (`SqliteEventLogStorage._obs`).
        internal: The row of the name.
    """
    package = internal.module.partition(".")[0].replace("_", "-")
    return (
        f"{package} {version(package)} has no {what} in {internal.module}; {' and '.join(internal.used_by)} "
        f"{'need' if len(internal.used_by) > 1 else 'needs'} it to {internal.purpose}. Find where it went and correct "
        f"its row in {__name__}, or install a version of {package} that has it."
    )


# The type checker knows the imports above, and would take any name for right if it saw this.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in INTERNALS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = imported(name, INTERNALS[name])
        return found
