"""`synthdeal dataset delete`: a dataset and all its versions."""

from __future__ import annotations

from synthdeal_assets.cli.asking import agreed
from synthdeal_assets.cli.console import messages
from synthdeal_assets.cli.dataset.kept import keeper_of
from synthdeal_assets.cli.home import opened_home
from synthdeal_assets.datasets.partitions import PARTITIONS_NAME
from synthdeal_assets.settings import Settings


def delete_dataset(settings: Settings, name: str, *, yes: bool) -> int:
    """Delete a dataset once the user agrees.

    Returns:
        The exit code: 1 when the user does not agree.

    Raises:
        SynthDealError: There is no such dataset, or a run of it takes too long.
    """
    keeper = keeper_of(settings)
    keeper.newest(name)
    if not yes and not agreed(f"Delete the dataset {name} with all its versions?"):
        messages.print("Nothing was deleted.")
        return 1
    with opened_home(settings) as instance:
        keeper.delete(name)
        instance.delete_dynamic_partition(PARTITIONS_NAME, name)
    messages.print(f"The dataset {name} is deleted.")
    return 0
