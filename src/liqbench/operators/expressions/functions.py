"""The allow-list: each function with its rule of types and its Spark column.

Arithmetic is decimal and never rounds; the two that do, ``round`` and ``ratio``, carry their
scale. A sum or product that could need more than 38 digits is refused when it is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 - Spark's own convention
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NullType,
    StringType,
    TimestampType,
)

from liqbench.errors import ExpressionError, FieldTypeError
from liqbench.operators.expressions.ratio import absolute, check_digits, ratio_column, ratio_type
from liqbench.operators.expressions.refusal import REFUSE, refusal
from liqbench.operators.expressions.tree import Expression, Literal
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
CHOOSE, PLACE, ENTRY = "choose", "place", "entry"

Types = Sequence[DataType]
Arguments = Sequence[Expression]
TypeRule = Callable[[Types, Arguments], DataType]
Builder = Callable[[Sequence[Column], Types, DataType, Arguments], Column]


@dataclass(frozen=True)
class Function:
    """One allowed function: argument counts, rule of types, Spark column.

    ``typed`` tells whether an analyst writes it by this name (``abs(x)``), or the grammar does;
    ``decimals`` whether its Spark column takes integers as decimals, not as they are.
    """

    fewest: int
    most: int | None
    type_rule: TypeRule
    build: Builder
    typed: bool = True
    decimals: bool = True


def cast_column(column: Column, dtype: DataType, wanted: DataType) -> Column:
    """Return a column of one type in another."""
    return column if dtype == wanted else column.cast(wanted)


def _number(dtype: DataType, function: str) -> DecimalType:
    if not is_numeric(dtype):
        raise FieldTypeError(f"{function!r} takes numbers, not {name_of(dtype)}")
    return as_decimal(dtype)


def _needs(kind: type[DataType], function: str, result: DataType) -> TypeRule:
    def rule(types: Types, _: Arguments) -> DataType:
        for dtype in types:
            if not isinstance(dtype, kind | NullType):
                wanted = name_of(kind())
                raise FieldTypeError(f"{function!r} takes {wanted}, not {name_of(dtype)}")
        return result

    return rule


def _constant(args: Arguments, place: int, function: str) -> int:
    literal = args[place]
    value = literal.value if isinstance(literal, Literal) else None
    if not isinstance(value, Decimal) or value != int(value):
        raise ExpressionError(f"{function!r} takes a whole number as argument {place + 1}")
    return int(value)


def _scale(args: Arguments, place: int, function: str) -> int:
    scale = _constant(args, place, function)
    if not 0 <= scale <= 18:  # noqa: PLR2004
        raise ExpressionError(f"{function!r} takes a scale from 0 to 18, not {scale}")
    return scale


def _add_type(types: Types, _: Arguments) -> DataType:
    a, b = (_number(dtype, "+ and -") for dtype in types)
    return decimal_type(
        max(integer_digits(a), integer_digits(b)) + 1, max(a.scale, b.scale), what="the sum"
    )


def _multiply_type(types: Types, _: Arguments) -> DataType:
    a, b = (_number(dtype, "*") for dtype in types)
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
    return _number(types[0], "abs")


def _round_type(types: Types, args: Arguments) -> DataType:
    own, scale = _number(types[0], "round"), _scale(args, 1, "round")
    if scale >= own.scale:
        return own
    return decimal_type(integer_digits(own) + 1, scale, what="the rounded figure")


def _ratio_rule(types: Types, args: Arguments) -> DataType:
    scale = _scale(args, 2, "ratio")
    check_digits(_number(types[0], "ratio"), _number(types[1], "ratio"), scale)
    return ratio_type(scale)


def _quotient_rule(types: Types, args: Arguments) -> DataType:
    result = as_decimal(parse_type(str(getattr(args[2], "value", ""))))
    check_digits(_number(types[0], QUOTIENT), _number(types[1], QUOTIENT), result.scale)
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
        _constant(args, 1, function)
        return DateType()

    return rule


def _substring_type(types: Types, args: Arguments) -> DataType:
    if not isinstance(types[0], StringType):
        raise FieldTypeError(f"'substring' takes string, not {name_of(types[0])}")
    _constant(args, 1, "substring")
    _constant(args, 2, "substring")
    return StringType()


def _like_type(types: Types, args: Arguments) -> DataType:
    pattern = args[1]
    if not isinstance(pattern, Literal) or pattern.value is None:
        raise ExpressionError("LIKE takes a constant pattern")
    return _needs(StringType, "like", BooleanType())(types, args)


def _case_column(
    columns: Sequence[Column], types: Types, result: DataType, _args: Arguments
) -> Column:
    values = {
        place: cast_column(columns[place], types[place], result)
        for place in (*range(1, len(columns) - 1, 2), len(columns) - 1)
    }
    chain = F.when(columns[0], values[1])
    for place in range(2, len(columns) - 1, 2):
        chain = chain.when(columns[place], values[place + 1])
    return chain.otherwise(values[len(columns) - 1])


def _fold(step: Callable[[Column, Column], Column]) -> Builder:
    def build(columns: Sequence[Column], *_: object) -> Column:
        folded = columns[0]
        for column in columns[1:]:
            folded = step(folded, column)
        return folded

    return build


def _choose_type(types: Types, args: Arguments) -> DataType:
    _number(types[0], CHOOSE)
    lines_of(args[1])
    return StringType()


def _place_type(types: Types, args: Arguments) -> DataType:
    if not isinstance(types[0], StringType):
        raise FieldTypeError(f"{PLACE!r} takes string, not {name_of(types[0])}")
    lines_of(args[1])
    return IntegerType()


def _entry_type(types: Types, args: Arguments) -> DataType:
    lines_of(args[0])
    for dtype in types[1:]:
        _number(dtype, ENTRY)
    for place in range(2, len(args), 2):
        _bits(args, place)
    return IntegerType()


def _bits(args: Arguments, place: int) -> int:
    """Return the exponent of a power of two."""
    number = _constant(args, place, ENTRY)
    if number < 1 or number & (number - 1):
        raise ExpressionError(f"{ENTRY!r} takes a power of two as argument {place + 1}")
    return number.bit_length() - 1


def lines_of(constant: Expression) -> list[str]:
    """Return the lines of a constant text. Raises ``ExpressionError`` for what is none."""
    if not isinstance(constant, Literal) or not isinstance(constant.value, str):
        raise ExpressionError("a look-up takes a constant text")
    return constant.value.split("\n") if constant.value else []


def _choose(columns: Sequence[Column], types: Types, *_: object) -> Column:
    # What follows from a constant is one itself, so this is a look-up, not a chain of tests.
    number = cast_column(columns[0], types[0], IntegerType())
    return F.get(F.split(columns[1], "\n"), number)


def _place(columns: Sequence[Column], _t: Types, _r: DataType, args: Arguments) -> Column:
    other = F.when(columns[0].isNull(), F.lit(0)).otherwise(F.lit(1))
    pairs = [f"{text}\t{place}" for place, text in enumerate(lines_of(args[1]), 2)]
    if not pairs:
        return other
    places = F.str_to_map(F.lit("\n".join(pairs)), F.lit("\n"), F.lit("\t"))
    return F.coalesce(F.element_at(places.cast("map<string,int>"), columns[0]), other)


def _entry(columns: Sequence[Column], types: Types, _r: DataType, args: Arguments) -> Column:
    def shifted(place: int, bits: int) -> Column:
        own = cast_column(columns[place], types[place], IntegerType())
        return F.shiftleft(own, bits) if bits else own

    parts, bits = [], 0
    for place in range(len(args) - 2, 0, -2):  # the last cells are the lowest bits
        parts.append(shifted(place + 1, bits))
        bits += _bits(args, place)
    parts.append(shifted(1, bits))
    numbers = F.split(columns[0], "\n").cast("array<int>")
    # Bits are put together without the test for an overflow that a sum has.
    return F.get(numbers, reduce(Column.bitwiseOR, parts))


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
    CHOOSE: Function(2, 2, _choose_type, _choose, typed=False, decimals=False),
    # place(x, lines): which line the text x is, from 2; 1 for any other text, 0 for null.
    PLACE: Function(2, 2, _place_type, _place, typed=False, decimals=False),
    # entry(lines, i, n, j, m, k, …): the number in the line (i·n + j)·m + k …, from 0; n, m, …
    # are powers of two, j < n, k < m.
    ENTRY: Function(2, None, _entry_type, _entry, typed=False, decimals=False),
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
        lambda c, _t, _r, a: F.date_add(c[0], _constant(a, 1, "date_add")),
    ),
    "add_months": Function(
        2,
        2,
        _shift_type("add_months"),
        lambda c, _t, _r, a: F.add_months(c[0], _constant(a, 1, "add_months")),
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
            c[0], _constant(a, 1, "substring"), _constant(a, 2, "substring")
        ),
    ),
    "startswith": Function(
        2, 2, _needs(StringType, "startswith", BooleanType()), _named(F.startswith)
    ),
    "contains": Function(2, 2, _needs(StringType, "contains", BooleanType()), _named(F.contains)),
}
