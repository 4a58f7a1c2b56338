"""An invented banking group's deals, as many as wanted and the same in every run.

Which deals there are, how many and how big, is the table ``data/products.csv``, and for the rest
of a balance sheet ``data/balance_sheet.csv``; a deal has its product's ``x_lcr_code``, and
attributes that lead a classification to the same code. An LCR weight applies to ``limit_amount -
balance`` of an undrawn facility (``O.FAC.*``) and to ``balance - encumbrance_amount`` (null: 0) of
anything else. The HQLA are sized to an LCR drawn per entity.
"""

from __future__ import annotations

import json
import shutil
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from liqbench.errors import SampleError
from liqbench.samples._portfolio import Chunk, Group, Portfolio, fx_rates

__all__ = ["GENERATOR_VERSIONS", "DealSample", "write_deals"]

GENERATOR_VERSIONS: Final[dict[Portfolio, int]] = {"lcr": 1, "balance_sheet": 2}
_CHUNK = 250_000
_MARKER = "_sample.json"
_MOST_ENTITIES = 999  # ids have three digits


@dataclass(frozen=True)
class DealSample:
    """Where a sample lies, and how many deals (rows), entities and currencies it has.

    ``deals`` is a folder of parquet parts; ``entities`` and ``fx_rates`` are parquet files.
    """

    deals: Path
    entities: Path
    fx_rates: Path
    deal_count: int
    entity_count: int
    currency_count: int


def write_deals(
    folder: str | Path,
    *,
    deals: int = 10_000,
    seed: int = 7,
    as_of: date = date(2025, 12, 31),
    entities: int = 24,
    portfolio: Portfolio = "lcr",
) -> DealSample:
    """Write the sample of these parameters to ``folder``, or reuse the one that lies there.

    ``portfolio``: the deals that count in the ``lcr``, or those of a whole ``balance_sheet``,
    which have capital_tier, impairment_status, rehypothecation, encumbrance_end_date, call_dates
    and break_dates too.

    Money is in integer minor units of the row's currency, fx rates are EUR per unit. The folder
    appears complete or not at all. Raises ``SampleError`` for counts that can't be (``deals``
    below ``entities``, anything negative) and for a folder that holds something else.
    """
    folder = Path(folder)
    if not 1 <= entities <= _MOST_ENTITIES or deals < entities or seed < 0:
        raise SampleError(
            f"{folder}: no sample has {deals} deals, {entities} entities and seed {seed}; "
            f"take 1 to {_MOST_ENTITIES} entities, at least as many deals, and a seed from 0"
        )
    marker = {
        "generator_version": GENERATOR_VERSIONS[portfolio],
        "deals": deals,
        "seed": seed,
        "as_of": as_of.isoformat(),
        "entities": entities,
    }
    if portfolio != "lcr":
        marker["portfolio"] = portfolio
    parts = -(-deals // _CHUNK)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        return _reuse(folder, marker, parts)
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    (draft / "deals").mkdir(parents=True)
    try:
        group = Group(entities, seed, portfolio)
        _write(group.table(), draft / "entities.parquet")
        _write(fx_rates(), draft / "fx_rates.parquet")
        bounds = [deals * part // parts for part in range(parts + 1)]
        for part in range(parts):
            rows = range(bounds[part], bounds[part + 1])
            chunk = Chunk(group, np.random.default_rng((seed, part + 1)), rows, deals)
            table = chunk.table(as_of)
            if portfolio == "balance_sheet":
                for name, column in chunk.rest(as_of).items():
                    table = table.append_column(name, column)
            _write(table, draft / "deals" / _part_name(part))
        (draft / _MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
        draft.rename(folder)
    except OSError:
        if not (folder / _MARKER).is_file():  # else another process was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _reuse(folder, marker, parts)


def _reuse(folder: Path, marker: dict[str, Any], parts: int) -> DealSample:
    """Return the sample in the folder if it is the one of this marker, with all its files."""
    found = folder / _MARKER
    try:
        same = json.loads(found.read_text(encoding="utf-8")) == marker
    except (OSError, ValueError):
        same = False
    sample = DealSample(
        deals=folder / "deals",
        entities=folder / "entities.parquet",
        fx_rates=folder / "fx_rates.parquet",
        deal_count=marker["deals"],
        entity_count=marker["entities"],
        currency_count=fx_rates().num_rows,
    )
    names = [sample.deals / _part_name(part) for part in range(parts)]
    if same and all(path.is_file() for path in [*names, sample.entities, sample.fx_rates]):
        return sample
    raise SampleError(
        f"{folder}: the folder holds something else than the complete sample of these parameters; "
        "take another folder, or remove this one"
    )


def _part_name(part: int) -> str:
    return f"part-{part:05d}.parquet"


def _write(table: pa.Table, path: Path) -> None:
    texts = [f.name for f in table.schema if pa.types.is_dictionary(f.type)]
    # Without arrow's own schema, readers see text and not arrow's dictionaries.
    pq.write_table(table, path, compression="zstd", use_dictionary=texts, store_schema=False)
