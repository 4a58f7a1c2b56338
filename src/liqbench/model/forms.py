"""What a form offers for a parameter, beside what its type says: told in the JSON schema."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

OFFERS = "x-offers"

FieldName = Annotated[str, Field(json_schema_extra={OFFERS: "fields"})]
OwnFieldName = Annotated[str, Field(json_schema_extra={OFFERS: "own fields"})]
ExpressionText = Annotated[str, Field(json_schema_extra={OFFERS: "expression"})]
QueryText = Annotated[str, Field(json_schema_extra={OFFERS: "query"})]
TypeName = Annotated[str, Field(json_schema_extra={OFFERS: "types"})]
FilePath = Annotated[str, Field(json_schema_extra={OFFERS: "files"})]
ParameterSetName = Annotated[str, Field(json_schema_extra={OFFERS: "parameter sets"})]
ClassificationName = Annotated[str, Field(json_schema_extra={OFFERS: "classifications"})]
OperatorId = Annotated[str, Field(json_schema_extra={OFFERS: "operators"})]
