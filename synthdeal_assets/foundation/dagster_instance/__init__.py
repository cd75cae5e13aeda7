"""Our Dagster instance: its home, storage, logs, and how assets and checks are described to it."""
