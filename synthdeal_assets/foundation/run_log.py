"""The name under which edited copies of `dagster.yaml` from before still load `dagster_instance/run_log.py`.

Nothing of ours imports it; `dagster_instance/home.py` tells the user which name to write instead.
"""

from synthdeal_assets.foundation.dagster_instance.run_log import RunLogHandler

__all__ = ["RunLogHandler"]
