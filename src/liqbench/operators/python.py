"""Python: a function of DataFrames from an importable module, for what nothing else can say."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from collections.abc import Callable
from typing import ClassVar

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructField, StructType

from liqbench.errors import (
    FaultCollector,
    OperatorParameterError,
    SchemaDriftError,
    UnknownFieldError,
    did_you_mean,
)
from liqbench.model.forms import OwnFieldName
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator
from liqbench.operators.expressions import fields_of_schema, quoted
from liqbench.operators.expressions.types import name_of
from liqbench.operators.ingest import FieldSpec


class PythonOperator(Operator):
    """Call ``module:function`` with the inputs; it returns a DataFrame with the declared fields.

    The function's source is part of the fingerprint: another body, another result.
    """

    kind: ClassVar[str] = "python"
    locality: ClassVar[Locality] = Locality.TABLE
    most_inputs: ClassVar[int | None] = None

    function: str = Field(pattern=r"^[\w.]+:[\w.]+$", description="written module:function")
    fields: tuple[FieldSpec, ...] = Field(min_length=1, description="what the function returns")
    key: tuple[OwnFieldName, ...] = Field(
        min_length=1, description="fields of the result that identify a row"
    )

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the keys that the function's author declares."""
        return KeyMapping("declared", self.key)

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the declared fields."""
        del context, schemas
        faults = FaultCollector()
        names = [spec.name for spec in self.fields]
        for name in self.key:
            if name not in names:
                faults.add(UnknownFieldError.of(name, names, where="key"))
        declared: list[StructField] = []
        for spec in self.fields:
            with faults.collect(f"field {spec.name!r}"):
                declared.append(StructField(spec.name, spec.dtype))
        with faults.collect():
            self._function()
        faults.raise_all()
        return StructType(declared)

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the function's frame. Raises ``SchemaDriftError`` where its fields differ."""
        frame = self._function()(*inputs)
        if not hasattr(frame, "schema"):
            kind = type(frame).__name__
            raise SchemaDriftError(f"{self.function} returned a {kind}, not a DataFrame")
        declared = fields_of_schema(self.outputs(context))
        found = fields_of_schema(frame.schema)
        drift = [f"{name!r} is not declared" for name in found if name not in declared]
        for name, dtype in declared.items():
            if name not in found:
                drift.append(f"{name!r} is missing, declared is {name_of(dtype)}")
            elif found[name] != dtype:
                drift.append(f"{name!r} is {name_of(found[name])}, declared is {name_of(dtype)}")
        if drift:
            raise SchemaDriftError(
                f"{self.function} returned other fields than declared: {'; '.join(sorted(drift))}"
            )
        return frame.select(*(F.col(quoted(name)) for name in declared))

    def code_identity(self) -> str:
        """Return the operator's identity and its function's source."""
        source = inspect.getsource(self._function())
        return f"{super().code_identity()} {hashlib.sha256(source.encode()).hexdigest()}"

    def _function(self) -> Callable[..., DataFrame]:
        module_name, _, path = self.function.partition(":")
        try:
            found = importlib.import_module(module_name)
        except ImportError as error:
            raise OperatorParameterError(
                f"the module {module_name!r} can't be imported: {error}"
            ) from error
        value: object = found
        for part in path.split("."):
            if not hasattr(value, part):
                raise OperatorParameterError(
                    f"{module_name} has no {path!r}", hint=did_you_mean(part, dir(value))
                )
            value = getattr(value, part)
        if not callable(value):
            raise OperatorParameterError(f"{self.function} is no function")
        return value
