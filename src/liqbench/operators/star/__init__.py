"""Star schemas of any tables: from their relationships to facts, dimensions and bridges."""

from liqbench.operators.star.bridges import ORPHANS
from liqbench.operators.star.classify import classify
from liqbench.operators.star.declaration import Star
from liqbench.operators.star.generate import StarSchema, generate_star_schema
from liqbench.operators.star.keys import (
    NONE_KEY,
    UNKNOWN_KEY,
    attribute_hash,
    attribute_hash_sql,
    encode,
    encode_sql,
    hash_key,
    hash_key_sql,
    version_key,
    version_key_sql,
)
from liqbench.operators.star.layout import Layout, lay_out
from liqbench.operators.star.model import (
    AggregationLevel,
    Bridge,
    ColumnMetadata,
    RelationshipType,
    StarSettings,
    TableRelationship,
)
from liqbench.operators.star.nodes import star_operators
from liqbench.operators.star.structure import (
    BridgedPair,
    Classification,
    Decision,
    Reference,
    TableRole,
)

__all__ = [
    "NONE_KEY",
    "ORPHANS",
    "UNKNOWN_KEY",
    "AggregationLevel",
    "Bridge",
    "BridgedPair",
    "Classification",
    "ColumnMetadata",
    "Decision",
    "Layout",
    "Reference",
    "RelationshipType",
    "Star",
    "StarSchema",
    "StarSettings",
    "TableRelationship",
    "TableRole",
    "attribute_hash",
    "attribute_hash_sql",
    "classify",
    "encode",
    "encode_sql",
    "generate_star_schema",
    "hash_key",
    "hash_key_sql",
    "lay_out",
    "star_operators",
    "version_key",
    "version_key_sql",
]
