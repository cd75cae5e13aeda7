"""The name under which edited copies of `dagster.yaml` from before still load `dagster_instance/storage.py`.

Nothing of ours imports it; `dagster_instance/home.py` tells the user which name to write instead.
"""

from synthdeal_assets.foundation.dagster_instance.storage import RedactingSqliteStorage

__all__ = ["RedactingSqliteStorage"]
