"""SQL: one SELECT over the inputs, for what the other operators can't say."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import sqlglot
from pydantic import Field
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType
from sqlglot import exp
from sqlglot.errors import SqlglotError

from liqbench.errors import ExpressionError, InputCountError, LostKeysError, did_you_mean
from liqbench.model.forms import OwnFieldName, QueryText
from liqbench.operators.base import Context, KeyMapping, Keys, Locality, Operator

_SLOT = re.compile(r"\{(\w+)\}")
# Other results at other times or on other machines, or a way out of the query.
_REFUSED = frozenset(
    [
        "rand",
        "randn",
        "random",
        "uuid",
        "now",
        "current_timestamp",
        "current_date",
        "current_user",
        "shuffle",
        "monotonically_increasing_id",
        "spark_partition_id",
        "input_file_name",
        "input_file_block_start",
        "input_file_block_length",
        "reflect",
        "java_method",
        "try_reflect",
        "session_user",
        "user",
    ]
)


class SqlOperator(Operator):
    """A query whose tables are the inputs, written ``{name}`` after ``names``, in their order.

    ``key`` names the fields of the result that identify its rows; without them it could not be
    traced, so they are required.
    """

    kind: ClassVar[str] = "sql"
    locality: ClassVar[Locality] = Locality.TABLE
    most_inputs: ClassVar[int | None] = None

    query: QueryText = Field(min_length=1, description="Spark SQL; tables are written {name}")
    names: tuple[str, ...] = Field(
        default=("input",), min_length=1, description="what the inputs are called in the query"
    )
    key: tuple[OwnFieldName, ...] = Field(
        min_length=1, description="fields of the result that identify a row"
    )

    def keys(self, *_: Keys) -> KeyMapping:
        """Return the keys that the query's author declares."""
        return KeyMapping("declared", self.key)

    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the query's fields, found by Spark's analyser without data."""
        self._check_inputs(len(schemas))
        self._check_query()
        empty = [context.spark.createDataFrame([], schema) for schema in schemas]
        schema = self._run(context, *empty).schema
        for name in self.key:
            if name not in schema.fieldNames():
                raise LostKeysError(
                    f"the query's result has no field {name!r}, by which its rows are traced",
                    where="key",
                    hint=did_you_mean(name, schema.fieldNames()),
                )
        return schema

    def _check_inputs(self, count: int) -> None:
        if len(self.names) != count:
            raise InputCountError(f"{len(self.names)} names are given for {count} inputs")

    def _check_query(self) -> None:
        slots = set(_SLOT.findall(self.query))
        for slot in sorted(slots - set(self.names)):
            raise ExpressionError(f"{{{slot}}} is no input", hint=did_you_mean(slot, self.names))
        try:
            statements = sqlglot.parse(_SLOT.sub(r"__input_\1", self.query), dialect="spark")
        except SqlglotError as error:
            raise ExpressionError(
                f"the query can't be read: {str(error).splitlines()[0]}"
            ) from None
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise ExpressionError("the query must be one SELECT")
        tree = statements[0]
        named = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name not in named and not table.name.startswith("__input_"):
                raise ExpressionError(
                    f"the query reads {table.name!r}, which is no input",
                    hint="ingest it and connect it, then write its name in braces",
                )
        for function in tree.find_all(exp.Func):
            name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
            if name.lower() in _REFUSED:
                raise ExpressionError(
                    f"{name.lower()!r} answers otherwise at every run", hint="results must repeat"
                )

    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the query's rows."""
        return self._run(context, *inputs)

    def _run(self, context: Context, *inputs: DataFrame) -> DataFrame:
        tables: dict[str, Any] = dict(zip(self.names, inputs, strict=True))
        try:
            return context.spark.sql(self.query, **tables)
        except (AnalysisException, ParseException) as error:
            reason = str(error).splitlines()[0].split(" SQLSTATE: ")[0]
            raise ExpressionError(f"Spark refuses the query: {reason}") from error
