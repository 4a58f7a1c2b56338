from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redis

from liqbench.errors import SettingError
from liqbench.store import MemoryLevel, RedisLevel, StageStore, StoreSettings

PRINT = "0123456789abcdef"
TABLE = pa.table({"id": ["a", "b"], "sum": pa.array([Decimal("0.10"), None], pa.decimal128(38, 2))})


def of_size(number: int) -> pa.Table:
    """Return a table of eight times ``number`` bytes."""
    return pa.table({"n": pa.array(range(number), pa.int64())})


def never() -> pa.Table:
    raise AssertionError("it is there, so it must not be computed")


def test_memory_gives_up_what_was_used_longest_ago() -> None:
    level = MemoryLevel(most_bytes=2_000)
    for name in ("first", "second"):
        level.put(name, of_size(100))
    assert level.get("first") is not None
    level.put("third", of_size(100))
    assert [level.get(name) is not None for name in ("first", "second", "third")] == [
        True, False, True,
    ]  # fmt: skip
    status = level.status()
    assert (status.asked, status.found) == (4, 3)
    assert status.details == {"tables": 2, "bytes": 1_600, "most_bytes": 2_000}


def test_memory_counts_a_table_that_is_put_twice_once() -> None:
    level = MemoryLevel(most_bytes=2_000)
    for number in (100, 200):
        level.put("same", of_size(number))
    assert level.status().details["bytes"] == 1_600


def test_memory_leaves_out_what_would_not_fit() -> None:
    level = MemoryLevel(most_bytes=2_000)
    level.put("small", of_size(100))
    level.put("large", of_size(1_000))
    assert level.get("large") is None
    assert level.get("small") is not None


def test_redis_returns_every_digit_and_type_to_another_bench(redis_server: Any) -> None:
    RedisLevel(redis_server.url).put(PRINT, TABLE)
    other = RedisLevel(redis_server.url)
    assert other.get(PRINT).equals(TABLE)  # type: ignore[union-attr]
    assert other.get("another") is None
    assert (other.status().state, other.status().asked, other.status().found) == ("on", 2, 1)


def test_redis_forgets_after_its_time(redis_server: Any) -> None:
    RedisLevel(redis_server.url, seconds=1234).put(PRINT, TABLE)
    with redis.Redis.from_url(redis_server.url) as client:
        assert 1200 < int(str(client.ttl(f"liqbench:{PRINT}"))) <= 1234


def test_bytes_that_are_not_what_was_put_are_no_result(redis_server: Any) -> None:
    level = RedisLevel(redis_server.url)
    level.put(PRINT, TABLE)
    with redis.Redis.from_url(redis_server.url) as client:
        client.setrange(f"liqbench:{PRINT}", 40, b"?")
    assert level.get(PRINT) is None


def test_a_redis_that_goes_away_costs_no_result_and_is_seen(
    redis_server: Any, tmp_path: Path
) -> None:
    level = RedisLevel(redis_server.url)
    stages = StageStore(tmp_path, levels=[level])
    assert stages.get_or_compute(PRINT, lambda: TABLE) is TABLE
    assert stages.get_or_compute(PRINT, never).equals(TABLE)
    redis_server.stop()
    assert stages.get_or_compute(PRINT, lambda: TABLE) is TABLE
    assert level.status().state == "unreachable"
    assert "onnection" in level.status().details["fault"]


def test_a_bench_starts_without_its_redis(tmp_path: Path) -> None:
    stages = StoreSettings(redis="redis://127.0.0.1:1/0").open(tmp_path)
    assert [level.status().state for level in stages.levels] == ["on", "unreachable"]
    assert stages.get_or_compute(PRINT, lambda: TABLE) is TABLE
    assert stages.get_or_compute(PRINT, never) is TABLE


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(SettingError, match="this is no address of a Redis"):
        RedisLevel("localhost")


def test_levels_are_asked_in_their_order_and_filled_from_behind(tmp_path: Path) -> None:
    near, far = MemoryLevel(), MemoryLevel()
    stages = StageStore(tmp_path, levels=[near, far])
    far.put(PRINT, TABLE)
    assert stages.get_or_compute(PRINT, never) is TABLE
    assert near.get(PRINT) is TABLE


def test_a_stage_is_read_before_anything_is_computed(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        folder.mkdir(parents=True)
        pq.write_table(TABLE, folder / "part.parquet")

    StageStore(tmp_path).write(PRINT, write, dict)
    stages = StageStore(tmp_path)
    assert stages.get_or_compute(PRINT, never).equals(TABLE)
    assert stages.levels[0].get(PRINT).equals(TABLE)  # type: ignore[union-attr]
