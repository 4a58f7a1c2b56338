"""The allow-list: each function with its rule of types and its Spark column.

Arithmetic is decimal and never rounds; the two that do, ``round`` and ``ratio``, carry their
scale. A sum or product that could need more than 38 digits is refused when it is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    IntegerType,
    LongType,
    NullType,
    StringType,
    TimestampType,
)

from liqbench.errors import ExpressionError, FieldTypeError
from liqbench.operators.expressions.lookups import (
    CHOOSE,
    ENTRY,
    PLACE,
    choose_column,
    choose_type,
    entry_column,
    entry_type,
    place_column,
    place_type,
)
from liqbench.operators.expressions.ratio import absolute, check_digits, ratio_column, ratio_type
from liqbench.operators.expressions.refusal import REFUSE, refusal
from liqbench.operators.expressions.signatures import (
    Arguments,
    Builder,
    Function,
    TypeRule,
    Types,
    cast_column,
    number_type,
    whole_number,
)
from liqbench.operators.expressions.tree import Literal
from liqbench.operators.expressions.types import (
    as_decimal,
    common_type,
    decimal_type,
    integer_digits,
    is_numeric,
    name_of,
    parse_type,
)

# A ratio whose type is declared: quotient(a, b, 'decimal(p,s)').
QUOTIENT = "quotient"


def _needs(kind: type[DataType], function: str, result: DataType) -> TypeRule:
    def rule(types: Types, _: Arguments) -> DataType:
        for dtype in types:
            if not isinstance(dtype, kind | NullType):
                wanted = name_of(kind())
                raise FieldTypeError(f"{function!r} takes {wanted}, not {name_of(dtype)}")
        return result

    return rule


def _scale(args: Arguments, place: int, function: str) -> int:
    scale = whole_number(args, place, function)
    if not 0 <= scale <= 18:  # noqa: PLR2004
        raise ExpressionError(f"{function!r} takes a scale from 0 to 18, not {scale}")
    return scale


def _add_type(types: Types, _: Arguments) -> DataType:
    a, b = (number_type(dtype, "+ and -") for dtype in types)
    return decimal_type(
        max(integer_digits(a), integer_digits(b)) + 1, max(a.scale, b.scale), what="the sum"
    )


def _multiply_type(types: Types, _: Arguments) -> DataType:
    a, b = (number_type(dtype, "*") for dtype in types)
    return decimal_type(
        a.precision + b.precision + 1 - a.scale - b.scale, a.scale + b.scale, what="the product"
    )


def _divide_type(_types: Types, _: Arguments) -> DataType:
    raise ExpressionError(
        "a division rounds, so its scale must be declared",
        hint="write ratio(a, b, scale)",
    )


def _compare_type(types: Types, _: Arguments) -> DataType:
    common_type(types, what="a comparison")
    return BooleanType()


def _case_type(types: Types, _: Arguments) -> DataType:
    for test in types[:-1:2]:
        if not isinstance(test, BooleanType):
            raise FieldTypeError(f"WHEN takes a condition, not {name_of(test)}")
    return common_type([*types[1::2], types[-1]], what="CASE")


def _same_type(function: str) -> TypeRule:
    return lambda types, _: common_type(types, what=function)


def _abs_type(types: Types, _: Arguments) -> DataType:
    return number_type(types[0], "abs")


def _round_type(types: Types, args: Arguments) -> DataType:
    own, scale = number_type(types[0], "round"), _scale(args, 1, "round")
    if scale >= own.scale:
        return own
    return decimal_type(integer_digits(own) + 1, scale, what="the rounded figure")


def _ratio_rule(types: Types, args: Arguments) -> DataType:
    scale = _scale(args, 2, "ratio")
    check_digits(number_type(types[0], "ratio"), number_type(types[1], "ratio"), scale)
    return ratio_type(scale)


def _quotient_rule(types: Types, args: Arguments) -> DataType:
    result = as_decimal(parse_type(str(getattr(args[2], "value", ""))))
    check_digits(number_type(types[0], QUOTIENT), number_type(types[1], QUOTIENT), result.scale)
    return result


def _ratio(columns: Sequence[Column], types: Types, result: DataType, _: Arguments) -> Column:
    a, b = as_decimal(types[0]), as_decimal(types[1])
    return ratio_column(columns[0], a, columns[1], b, as_decimal(result))


def _cast_type(types: Types, args: Arguments) -> DataType:
    literal = args[1]
    wanted = literal.value if isinstance(literal, Literal) else None
    source = types[0]
    if wanted == "string":
        return StringType()
    if wanted == "date" and isinstance(source, DateType | TimestampType | StringType):
        return DateType()
    if wanted in ("int", "bigint") and is_numeric(source) and as_decimal(source).scale == 0:
        return IntegerType() if wanted == "int" else LongType()
    if isinstance(wanted, str) and wanted.startswith("decimal") and is_numeric(source):
        target = as_decimal(parse_type(wanted))
        if target.scale < as_decimal(source).scale:
            raise ExpressionError(
                f"cast to {wanted} would round a {name_of(source)}",
                hint=f"write round(x, {target.scale}) where rounding is meant",
            )
        return target
    raise ExpressionError(f"cast from {name_of(source)} to {wanted} is not allowed")


def _shift_type(function: str) -> TypeRule:
    def rule(types: Types, args: Arguments) -> DataType:
        if not isinstance(types[0], DateType):
            raise FieldTypeError(f"{function!r} takes a date, not {name_of(types[0])}")
        whole_number(args, 1, function)
        return DateType()

    return rule


def _substring_type(types: Types, args: Arguments) -> DataType:
    if not isinstance(types[0], StringType):
        raise FieldTypeError(f"'substring' takes string, not {name_of(types[0])}")
    whole_number(args, 1, "substring")
    whole_number(args, 2, "substring")
    return StringType()


def _like_type(types: Types, args: Arguments) -> DataType:
    pattern = args[1]
    if not isinstance(pattern, Literal) or pattern.value is None:
        raise ExpressionError("LIKE takes a constant pattern")
    return _needs(StringType, "like", BooleanType())(types, args)


def _case_column(
    columns: Sequence[Column], types: Types, result: DataType, _args: Arguments
) -> Column:
    def value(place: int) -> Column:
        return cast_column(columns[place], types[place], result)

    last = len(columns) - 1
    chain = F.when(columns[0], value(1))
    for place in range(2, last, 2):
        chain = chain.when(columns[place], value(place + 1))
    return chain.otherwise(value(last))


def _fold(step: Callable[[Column, Column], Column]) -> Builder:
    def build(columns: Sequence[Column], *_: object) -> Column:
        folded = columns[0]
        for column in columns[1:]:
            folded = step(folded, column)
        return folded

    return build


def _widened(function: Callable[..., Column]) -> Builder:
    return lambda columns, types, result, _: function(
        *(cast_column(*pair, result) for pair in zip(columns, types, strict=True))
    )


def _named(function: Callable[..., Column]) -> Builder:
    return lambda columns, _types, _result, _args: function(*columns)


_DATE_PARTS = {"year": F.year, "month": F.month, "day": F.dayofmonth}

FUNCTIONS: dict[str, Function] = {
    "+": Function(2, 2, _add_type, _fold(lambda a, b: a + b), typed=False),
    "-": Function(2, 2, _add_type, _fold(lambda a, b: a - b), typed=False),
    "*": Function(2, 2, _multiply_type, _fold(lambda a, b: a * b), typed=False),
    "/": Function(2, 2, _divide_type, _fold(lambda a, b: a / b), typed=False),
    "=": Function(2, 2, _compare_type, _fold(lambda a, b: a == b), typed=False),
    "!=": Function(2, 2, _compare_type, _fold(lambda a, b: a != b), typed=False),
    "<": Function(2, 2, _compare_type, _fold(lambda a, b: a < b), typed=False),
    "<=": Function(2, 2, _compare_type, _fold(lambda a, b: a <= b), typed=False),
    ">": Function(2, 2, _compare_type, _fold(lambda a, b: a > b), typed=False),
    ">=": Function(2, 2, _compare_type, _fold(lambda a, b: a >= b), typed=False),
    "and": Function(
        2, None, _needs(BooleanType, "and", BooleanType()), _fold(lambda a, b: a & b), typed=False
    ),
    "or": Function(
        2, None, _needs(BooleanType, "or", BooleanType()), _fold(lambda a, b: a | b), typed=False
    ),
    "not": Function(
        1, 1, _needs(BooleanType, "not", BooleanType()), lambda c, *_: ~c[0], typed=False
    ),
    "in": Function(2, None, _compare_type, lambda c, *_: c[0].isin(*c[1:]), typed=False),
    "is null": Function(1, 1, lambda *_: BooleanType(), lambda c, *_: c[0].isNull(), typed=False),
    "case": Function(3, None, _case_type, _case_column, typed=False, decimals=False),
    "cast": Function(
        2, 2, _cast_type, lambda c, _t, result, _a: c[0].cast(result), typed=False, decimals=False
    ),
    "like": Function(
        2,
        2,
        _like_type,
        lambda c, _t, _r, a: c[0].like(str(getattr(a[1], "value", ""))),
        typed=False,
    ),
    # choose(n, lines): the line at place n, from 0.
    CHOOSE: Function(2, 2, choose_type, choose_column, typed=False, decimals=False),
    # place(x, lines): which line the text x is, from 2; 1 for any other text, 0 for null.
    PLACE: Function(2, 2, place_type, place_column, typed=False, decimals=False),
    # entry(lines, i, n, j, m, k, …): the number in the line (i·n + j)·m + k …, from 0; n, m, …
    # are powers of two, j < n, k < m.
    ENTRY: Function(2, None, entry_type, entry_column, typed=False, decimals=False),
    REFUSE: Function(
        2,
        2,
        lambda _, args: parse_type(str(getattr(args[1], "value", ""))),
        lambda _c, _t, result, a: refusal(str(getattr(a[0], "value", "")), result.simpleString()),
        typed=False,
    ),
    "abs": Function(1, 1, _abs_type, lambda c, _t, result, _a: absolute(c[0], as_decimal(result))),
    "round": Function(
        2,
        2,
        _round_type,
        lambda c, _t, result, a: F.round(c[0], _scale(a, 1, "round")).cast(result),
    ),
    "ratio": Function(3, 3, _ratio_rule, _ratio),
    QUOTIENT: Function(3, 3, _quotient_rule, _ratio, typed=False),
    "coalesce": Function(1, None, _same_type("coalesce"), _widened(F.coalesce), decimals=False),
    "nullif": Function(
        2,
        2,
        lambda types, _: (common_type(types, what="nullif"), types[0])[1],
        lambda c, *_: F.when(c[0] == c[1], F.lit(None)).otherwise(c[0]),
        decimals=False,
    ),
    "greatest": Function(2, None, _same_type("greatest"), _widened(F.greatest), decimals=False),
    "least": Function(2, None, _same_type("least"), _widened(F.least), decimals=False),
    "datediff": Function(2, 2, _needs(DateType, "datediff", IntegerType()), _named(F.datediff)),
    "date_add": Function(
        2,
        2,
        _shift_type("date_add"),
        lambda c, _t, _r, a: F.date_add(c[0], whole_number(a, 1, "date_add")),
    ),
    "add_months": Function(
        2,
        2,
        _shift_type("add_months"),
        lambda c, _t, _r, a: F.add_months(c[0], whole_number(a, 1, "add_months")),
    ),
    "last_day": Function(1, 1, _needs(DateType, "last_day", DateType()), _named(F.last_day)),
    **{
        name: Function(1, 1, _needs(DateType, name, IntegerType()), _named(part))
        for name, part in _DATE_PARTS.items()
    },
    "upper": Function(1, 1, _needs(StringType, "upper", StringType()), _named(F.upper)),
    "lower": Function(1, 1, _needs(StringType, "lower", StringType()), _named(F.lower)),
    "trim": Function(1, 1, _needs(StringType, "trim", StringType()), _named(F.trim)),
    "length": Function(1, 1, _needs(StringType, "length", IntegerType()), _named(F.length)),
    "concat": Function(2, None, _needs(StringType, "concat", StringType()), _named(F.concat)),
    "substring": Function(
        3,
        3,
        _substring_type,
        lambda c, _t, _r, a: F.substring(
            c[0], whole_number(a, 1, "substring"), whole_number(a, 2, "substring")
        ),
    ),
    "startswith": Function(
        2, 2, _needs(StringType, "startswith", BooleanType()), _named(F.startswith)
    ),
    "contains": Function(2, 2, _needs(StringType, "contains", BooleanType()), _named(F.contains)),
}
