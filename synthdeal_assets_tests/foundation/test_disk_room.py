"""Disks without room, in the words of the library that met one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.foundation.disk_room import says_no_room

MANY = "SELECT count(*) FROM (SELECT range, md5(range::VARCHAR) AS text FROM range(2_000_000) ORDER BY text, range)"


@pytest.mark.parametrize(("room", "is_full"), [("1MB", True), (None, False)])
def test_a_query_that_the_disk_has_no_room_for_is_told_from_one_that_memory_is_too_small_for(
    tmp_path: Path, room: str | None, is_full: bool
) -> None:
    """What DuckDB may use of a disk is by default what was free on it."""
    with duckdb.connect(config={"memory_limit": "40MB", "threads": 1}) as connection:
        connection.execute(f"SET temp_directory = '{tmp_path / 'spill' if room else ''}'")
        if room:
            connection.execute(f"SET max_temp_directory_size = '{room}'")
        with pytest.raises(duckdb.OutOfMemoryException) as error:
            connection.execute(MANY)
    assert says_no_room(error.value) is is_full
