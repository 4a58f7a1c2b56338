"""Star bridge: the real pairs of two dimensions, with their shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DateType, LongType, StructType

from liqbench.errors import FaultCollector, LiqbenchError
from liqbench.operators.base import Context, KeyMapping, Keys, Locality
from liqbench.operators.expressions import fields_of_schema
from liqbench.operators.origins import Origin, Origins
from liqbench.operators.star.bridges import ALLOCATION, ORPHANS, SHARE, bridge_frame, check_weight
from liqbench.operators.star.errors import UnknownTableError
from liqbench.operators.star.facts import reference_counts
from liqbench.operators.star.guards import identified, weighed
from liqbench.operators.star.layout import DimensionLayout, Layout
from liqbench.operators.star.operator import (
    AS_OF,
    StarOperator,
    check_member_fields,
    fault_in,
    members_told,
    real_members,
    schema_of,
)
from liqbench.operators.star.structure import BridgedPair, Classification, TableRole


class StarBridgeOperator(StarOperator):
    """Make a bridge: a row per pair of surrogate keys, with its share of the left member.

    Inputs: the table of pairs, the left dimension, the right one. ``table`` is what the bridge is
    called: its relationship's role, or else the table's name. A pair whose left member the
    dimension doesn't have concerns no fact; it is left out and counted.
    """

    kind: ClassVar[str] = "star_bridge"
    locality: ClassVar[Locality] = Locality.TABLE

    table: str

    def keys(self, *_: Keys) -> KeyMapping:
        """Return both surrogate keys."""
        sides = [
            (f"{link.left}_key", f"{link.right}_key")
            for link in self.star.relationships
            if link.bridge is not None and (link.role or link.bridge.table) == self.table
        ]
        return KeyMapping("declared", sides[0] if sides else ())

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return the part of the star that the bridge follows from."""
        del parameters
        pair = self._pair(self.star.classified())
        return {
            "pair": {**asdict(pair), "bridge": pair.bridge.model_dump()},
            "history": [name for name in (pair.left, pair.right) if name in self.star.scd2],
        }

    def _pair(self, classification: Classification) -> BridgedPair:
        pairs = {pair.name: pair for pair in classification.bridges}
        if self.table not in pairs:
            raise UnknownTableError.of(self.table, pairs, where="table")
        return pairs[self.table]

    def feeds(self) -> tuple[str, ...]:
        """Return the table and the dimensions that are the inputs, in order."""
        pair = self._pair(self.star.classified())
        return (pair.bridge.table, pair.left, pair.right)

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return both keys, the share and the day."""
        pair = self._pair(self.star.classified())
        self.connected(self.feeds(), len(schemas))
        own, left, right = map(fields_of_schema, schemas)
        classification = self.star.classified({pair.bridge.table: own})
        decision = self.star.decision(classification, pair.bridge.table, TableRole.BRIDGE)
        faults = FaultCollector()
        for name, found, theirs, mine in (
            (pair.left, left, pair.left_columns, pair.bridge.left_columns),
            (pair.right, right, pair.right_columns, pair.bridge.right_columns),
        ):
            with faults.collect(f"dimension {name!r}"):
                columns = {
                    column: (f"{pair.bridge.table}.{by}", own[by])
                    for column, by in zip(theirs, mine, strict=True)
                }
                versioned = name in self.star.scd2
                check_member_fields(name, found, columns, versioned=versioned)
        with faults.collect("weight"):
            check_weight(pair, own)
        faults.raise_all()
        context.notice(str(decision))
        keys = dict.fromkeys((f"{pair.left}_key", f"{pair.right}_key"), LongType())
        return schema_of({**keys, ALLOCATION: SHARE, AS_OF: DateType()})

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return the dimensions' keys and the pairs by which they were met."""
        del context, output, inputs
        pair = self._pair(self.star.classified())
        bridge = pair.bridge
        sides = [Origin(0, name, "condition") for name in bridge.left_columns]
        others = [Origin(0, name, "condition") for name in bridge.right_columns]
        weight = [Origin(0, bridge.weight, "calculated")] if bridge.weight else []
        left, right = f"{pair.left}_key", f"{pair.right}_key"
        return {
            left: (Origin(1, left, "reference"), *sides),
            right: (Origin(2, right, "reference"), *others),
            ALLOCATION: (*weight, *sides, *others),
            AS_OF: (),
        }

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the pairs; what is left out and what refers to nobody is counted."""
        pair = self._pair(self.star.classified())
        bridge = pair.bridge
        pairs = identified(inputs[0], (*bridge.left_columns, *bridge.right_columns), bridge.table)
        if bridge.weight is not None:
            pairs = weighed(pairs, bridge.weight, bridge.table)

        def seen(paired: DataFrame, orphan: Column) -> DataFrame:
            return context.observe(paired, {ORPHANS: F.count_if(orphan)})

        left, right = (
            members_told(dimension, frame, context.as_of)
            for dimension, frame in zip(self._sides(pair), inputs[1:], strict=True)
        )
        frame = bridge_frame(pair, pairs, left, right, seen)
        return context.observe(
            frame.withColumn(AS_OF, F.lit(context.as_of)), reference_counts([f"{pair.right}_key"])
        )

    def _sides(self, pair: BridgedPair) -> tuple[DimensionLayout, DimensionLayout]:
        classification = self.star.classified()
        return (
            self.referred(classification, pair.left),
            self.referred(classification, pair.right),
        )

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Return the doubled and empty pairs and impossible weights behind a failed run."""
        pair = self._pair(self.star.classified())
        sides = self._sides(pair)
        tables = {pair.bridge.table: inputs[0]} | {
            side.name: real_members(side, frame, context.as_of)
            for side, frame in zip(sides, inputs[1:], strict=True)
        }
        layout = Layout({side.name: side for side in sides}, {}, (pair,))
        return fault_in(layout, tables, {}, context.as_of)
