"""How datasets are partitioned: one dynamic partition a dataset, from when it is generated until it is deleted."""

from typing import Final

import dagster as dg

PARTITIONS_NAME: Final = "datasets"

DATASETS: Final = dg.DynamicPartitionsDefinition(name=PARTITIONS_NAME)
