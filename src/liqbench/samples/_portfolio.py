"""The portfolio behind the sample: who the entities are, and the deals of one chunk."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Chunk", "Group", "Portfolio", "fx_rates"]

_FALLBACK = 0  # the product of a row that would be a repo without its second leg
_ABROAD = 0.4  # of the business that is not tied to the home currency
_LEVELS = ("L1", "L2A", "L2B")
_LEVEL_SHARES = (0.82, 0.13, 0.05)
_PROFILES: dict[str, dict[str, float]] = {  # how much more of a product group an entity does
    "Universal Bank": {},
    "Retail Bank": {"retail": 1.15, "corporate": 0.6, "markets": 0.5},
    "Corporate Bank": {"retail": 0.8, "corporate": 1.7, "markets": 1.6},
}
_CUSTOMERS = {"natural_person": "NP", "sme": "SM", "corporate": "CO", "credit_institution": "CI",
              "central_bank": "CB", "sovereign": "SO", "pse": "PS", "mdb": "MD", "sspe": "SV",
              "insurer": "IN", "investment_firm": "IF", "fund": "FU", "ccp": "CC"}  # fmt: skip
_LIMITS = tuple(Decimal(limit) for limit in ("1.0000", "1.0500", "1.0000", "1.1000"))
_TEXT_OF_PRODUCT = ("schema_type", "type", "purpose", "status", "asset_liability", "hqla_class",
                    "sft_type", "movement", "source", "x_lcr_code")  # fmt: skip

_Array = npt.NDArray[Any]
Portfolio = Literal["lcr", "balance_sheet"]


@cache
def _read(name: str) -> list[dict[str, str]]:
    text = (files("liqbench") / "samples" / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def fx_rates() -> pa.Table:
    quotes = [Decimal(row["quote"]) for row in _read("currencies.csv")]
    codes = [row["currency_code"] for row in _read("currencies.csv")]
    return pa.table({"currency_code": codes, "quote": pa.array(quotes, pa.decimal128(9, 6))})


@cache
def _products(portfolio: Portfolio) -> list[dict[str, str]]:
    """Return the products: those that count in the LCR, and the rest of the balance sheet."""
    rest = _read("balance_sheet.csv") if portfolio == "balance_sheet" else []
    empty = dict.fromkeys(rest[0] if rest else (), "")
    return [{**empty, **row} for row in (*_read("products.csv"), *rest)]


@cache
def _number(portfolio: Portfolio, column: str, missing: float = 0) -> _Array:
    """Return a numeric column of the products."""
    return np.array([float(row[column] or missing) for row in _products(portfolio)])


@cache
def _choice(portfolio: Portfolio, column: str) -> tuple[list[str], _Array, _Array, _Array]:
    """Return a column's texts, and per product its alternatives: their codes, first, how many."""
    options = [row[column].split("|") for row in _products(portfolio)]
    texts = sorted({text for option in options for text in option if text})
    codes = [texts.index(text) if text else -1 for option in options for text in option]
    counts = np.array([len(option) for option in options])
    return texts, np.array(codes, np.int32), np.cumsum(counts) - counts, counts


def _text(codes: _Array, texts: list[str]) -> pa.DictionaryArray:
    """Return texts by their code; a negative code is null."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), texts)


def _labels(prefixes: _Array, numbers: _Array, width: int) -> pa.Array:
    """Return one text per row: its prefix (bytes, rows by length), then zero-padded digits."""
    start = prefixes.shape[1]
    letters = np.empty((len(numbers), start + width), np.uint8)
    letters[:, :start] = prefixes
    for place in range(start + width - 1, start - 1, -1):
        numbers, digits = np.divmod(numbers, 10)
        letters[:, place] = digits + ord("0")
    ends = np.arange(len(letters) + 1, dtype=np.int32) * letters.shape[1]
    buffers = pa.py_buffer(ends), pa.py_buffer(letters.tobytes())
    return pa.StringArray.from_buffers(len(letters), *buffers)


def _optional(values: _Array, known: _Array, of_type: pa.DataType) -> pa.Array:
    return pa.array(values, mask=~known).cast(of_type)


class Group:
    """The group's legal entities: size, home, business model, and the LCR they aim at."""

    def __init__(self, entities: int, seed: int, portfolio: Portfolio = "lcr") -> None:
        self.portfolio = portfolio
        rng = np.random.default_rng((seed, 0))
        countries, currencies = _read("countries.csv"), _read("currencies.csv")
        order = np.arange(entities)
        codes = [row["currency_code"] for row in currencies]
        self.shares = (order + 1.0) ** -0.9 / np.sum((order + 1.0) ** -0.9)
        self.country = order % len(countries)
        self.currency = np.array([codes.index(row["currency_code"]) for row in countries])
        self.currency = self.currency[self.country]
        self.in_euro = self.currency == codes.index("EUR")
        self.cover = np.array([float(row["cover"]) * 100 for row in countries])[self.country]
        self.profile = order % len(_PROFILES)
        self.target = np.clip(np.exp(rng.normal(0.36, 0.2, entities)), 1.08, 2.05)
        tight = rng.permutation(order)[: min(2, entities // 8)]
        self.target[tight] = (0.97, 1.01)[: len(tight)]
        self.levels = rng.normal(1, 0.15, (entities, 3)).clip(0.6, 1.4) * _LEVEL_SHARES
        groups = [row["group"] for row in _products(portfolio)]
        tilts = np.array([[tilt.get(name, 1) for name in groups] for tilt in _PROFILES.values()])
        mixes = np.cumsum(tilts * _number(portfolio, "share"), axis=1)
        self.mixes = mixes / mixes[:, -1:]

    def rows_of(self, rows: int) -> _Array:
        """Return how many of the rows each entity gets: by size, one at least if there are."""
        least = int(rows >= len(self.shares))
        spread = rows - least * len(self.shares)
        exact = self.shares * spread
        counts: _Array = np.floor(exact).astype(np.int64)
        rest = spread - int(counts.sum())
        counts[np.argsort(counts - exact, kind="stable")[:rest]] += 1
        counts += least
        return counts

    def table(self) -> pa.Table:
        """Return one row per entity: id, name, country, region and internal LCR limit."""
        homes = [_read("countries.csv")[place] for place in self.country]
        names = [list(_PROFILES)[profile] for profile in self.profile]
        codes = [home["country_code"] for home in homes]
        ids = [f"LE{place + 1:03d}" for place in range(len(homes))]
        limits = [_LIMITS[place % len(_LIMITS)] for place in range(len(homes))]
        return pa.table(
            {
                "reporting_id": ids,
                "reporting_entity_name": [
                    f"Meridian {name} {code} {label[2:]}"
                    for name, code, label in zip(names, codes, ids, strict=True)
                ],
                "entity_country": codes,
                "region": [home["region"] for home in homes],
                "lcr_limit": pa.array(limits, pa.decimal128(6, 4)),
            }
        )


class Chunk:
    """Some consecutive rows: first what the legs of a trade share, then the rest per row."""

    def __init__(self, group: Group, rng: np.random.Generator, rows: range, deals: int) -> None:
        self.group, self.rng, self.rows, self.deals = group, rng, rows, deals
        self._choose_products()
        self._draw_amounts()
        self._size_stock()
        order = rng.permutation(len(rows))
        for name, values in list(vars(self).items()):
            if isinstance(values, np.ndarray):
                setattr(self, name, values[order])

    def _choose_products(self) -> None:
        """Give every entity the mix of its profile; pair neighbouring rows of a repo as legs."""
        counts = self.group.rows_of(len(self.rows))
        self.entity = np.repeat(np.arange(len(counts)), counts)
        ranks = np.arange(len(self.entity)) - np.repeat(np.cumsum(counts) - counts, counts)
        levels = (ranks + self.rng.random(len(counts))[self.entity]) / counts[self.entity]
        self.product = np.empty(len(levels), np.int64)
        for profile, mix in enumerate(self.group.mixes):
            mine = self.group.profile[self.entity] == profile
            self.product[mine] = np.searchsorted(mix, levels[mine], side="right")
        names = [row["product"] for row in _products(self.group.portfolio)]
        second = np.full(len(names), -1)
        for index, row in enumerate(_products(self.group.portfolio)):
            if row["leg_of"]:
                second[names.index(row["leg_of"])] = index
        starts = np.flatnonzero(np.diff(self.entity * len(names) + self.product, prepend=-1))
        lengths = np.diff(starts, append=len(levels))
        place = np.arange(len(levels)) - np.repeat(starts, lengths)
        paired = second[self.product] >= 0
        alone = paired & (place % 2 == 0) & (place == np.repeat(lengths, lengths) - 1)
        follows = paired & (place % 2 == 1)
        self.first_leg: _Array = np.arange(len(levels)) - follows
        self.product = np.where(follows, second[self.product], self.product)
        self.product[alone] = _FALLBACK
        # Sovereigns of the euro area weigh 0 % in euro.
        domestic = self.product == names.index("domestic_government_bond")
        self.product[domestic & self.group.in_euro[self.entity]] = names.index("government_bond")

    def _draw_amounts(self) -> None:
        rng, product, size = self.rng, self.product, len(self.product)
        currencies = _read("currencies.csv")
        abroad = (self._number("home")[product] == 0) & (rng.random(size) < _ABROAD)
        traded = np.cumsum([float(row["share"]) for row in currencies])
        drawn = np.searchsorted(traded, rng.random(size) * traded[-1], side="right")
        self.currency = np.where(abroad, drawn, self.group.currency[self.entity])
        self.currency = self.currency[self.first_leg]
        quotes = np.array([float(row["quote"]) for row in currencies]) / 100
        self.quote = quotes[self.currency]
        euros = self._number("median_eur")[product] * np.exp(
            self._number("sigma")[product] * rng.standard_normal(size)
        )
        self.units = (euros / self.quote)[self.first_leg]
        collateral = self.first_leg != np.arange(size)
        self.units *= np.where(collateral, 1.01 + 0.05 * rng.random(size), 1)
        cover = np.array([row["cover"] for row in _products(self.group.portfolio)])[product]
        self.cap = self.group.cover[self.entity]
        self.units = np.where(cover == "full", np.minimum(self.units, self.cap), self.units)
        self.units = np.where(cover == "over", self.units + self.cap, self.units)
        self.covered = cover != ""
        least, most = self._number("days_min", -1)[product], self._number("days_max", -1)[product]
        self.days = np.floor(least + rng.random(size) * (most - least + 1))[self.first_leg]
        self.age = np.floor(self._number("age_max")[product] * rng.random(size) ** 2)[
            self.first_leg
        ]
        self.is_facility = self._number("drawn")[product] > 0
        self.limit = np.rint(self.units) + 100
        self.units *= np.where(self.is_facility, 0.1 + 0.7 * rng.random(size), 1)

    def _size_stock(self) -> None:
        """Scale the HQLA held outright so that HQLA over net outflows meets the entity's LCR."""
        entities = len(self.group.shares)
        codes = np.array([row["x_lcr_code"] for row in _products(self.group.portfolio)])
        pledged = self._number("encumbered")[self.product] == 1
        counted = np.where(self.is_facility, self.limit - self.units, self.units) * ~pledged
        counted *= self.quote * self._number("weight")[self.product]

        def total(prefix: str) -> _Array:
            mine = np.char.startswith(codes, prefix)[self.product] & ~stock
            return np.bincount(self.entity, counted * mine, entities)

        stock = self._number("stock")[self.product] > 0
        out = total("O.")
        goal = self.group.target * (out - np.minimum(total("I."), 0.75 * out))
        goal = np.maximum(goal - total("L"), goal * 0.2)
        level = np.argmax([np.char.startswith(codes, f"{name}.") for name in _LEVELS], axis=0)
        cell = self.entity * len(_LEVELS) + level[self.product]
        held = np.bincount(cell, counted * stock, entities * len(_LEVELS)).reshape(entities, -1)
        shares = self.group.levels * (held > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = goal[:, None] * shares / shares.sum(axis=1, keepdims=True) / held
        scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1).ravel()
        self.units *= np.where(stock, scale[cell], 1)

    def _number(self, column: str, missing: float = 0) -> _Array:
        return _number(self.group.portfolio, column, missing)

    def _choice(self, column: str) -> tuple[list[str], _Array, _Array, _Array]:
        return _choice(self.group.portfolio, column)

    def _codes(self, column: str) -> _Array:
        _, codes, first, count = self._choice(column)
        picked = (self.rng.random(len(self.product)) * count[self.product]).astype(np.int64)
        chosen: _Array = codes[first[self.product] + picked]
        return chosen

    def _figures(self, column: str, of_type: pa.DataType) -> pa.Array:
        figures = pa.array([Decimal(text) for text in self._choice(column)[0]]).cast(of_type)
        return _text(self._codes(column), figures).dictionary_decode()

    def _flags(self, column: str) -> pa.Array:
        codes = self._codes(column)
        return _optional(codes == self._choice(column)[0].index("true"), codes >= 0, pa.bool_())

    def table(self, as_of: date) -> pa.Table:
        """Return the rows with their fields, in the order of the deal record."""
        rng, size = self.rng, len(self.product)
        today = np.datetime64(as_of, "D")
        balance = np.maximum(np.rint(self.units), 100).astype(np.int64)
        texts = {name: _text(self._codes(name), self._choice(name)[0]) for name in _TEXT_OF_PRODUCT}
        party = self._codes("entity_type")
        notice = self._number("notice_min")[self.product]
        wait = np.floor(
            notice + rng.random(size) * (self._number("notice_max")[self.product] - notice)
        )
        penalty, pledge = (
            self._number(name, -1)[self.product] for name in ("penalty", "encumbered")
        )
        interest = np.floor(balance * rng.random(size) * 0.006).astype(np.int64)
        customer, country, in_group = self._customers(party)
        schemes = [row["guarantee_scheme"] for row in _read("countries.csv")]
        scheme = np.where(self.covered, self.group.country[self.entity], -1)
        ids = [f"LE{place + 1:03d}" for place in range(len(self.group.shares))]
        one = np.zeros(size, np.int32)
        numbers = np.arange(self.rows.start, self.rows.stop)

        def label(letter: str, values: _Array) -> pa.Array:
            return _labels(np.full((size, 1), ord(letter), np.uint8), values, 10)

        def money(values: _Array, known: _Array) -> pa.Array:
            return _optional(values.astype(np.int64), known, pa.int64())

        return pa.table(
            {
                "id": label("D", numbers),
                "date": pa.array(np.full(size, today)),
                "version_id": _text(one, ["1"]),
                "source": texts["source"],
                "deal_id": label("T", self.rows.start + self.first_leg),
                **{name: texts[name] for name in _TEXT_OF_PRODUCT[:5]},
                "on_balance_sheet": self._flags("on_balance_sheet"),
                "balance": balance,
                "accrued_interest": money(interest, self._number("accrues")[self.product] > 0),
                "limit_amount": money(self.limit, self.is_facility),
                "currency_code": _text(
                    self.currency, [row["currency_code"] for row in _read("currencies.csv")]
                ),
                "start_date": pa.array(today - self.age.astype("timedelta64[D]")),
                "end_date": pa.array(
                    today + self.days.astype("timedelta64[D]"), mask=self.days < 0
                ),
                "next_withdrawal_date": pa.array(
                    today + wait.astype("timedelta64[D]"), mask=notice == 0
                ),
                "withdrawal_penalty": money(np.maximum(balance // 50, 1) * penalty, penalty >= 0),
                "customer_id": customer,
                "entity_type": _text(party, self._choice("entity_type")[0]),
                "intra_group": pa.array(in_group),
                "country_code": country,
                "guarantee_scheme": _text(scheme, schemes),
                "guarantee_amount": money(np.minimum(balance, self.cap), self.covered),
                "hqla_class": texts["hqla_class"],
                "cqs_standardised": self._figures("cqs_standardised", pa.int32()),
                "risk_weight_std": self._figures("risk_weight_std", pa.decimal128(6, 4)),
                "sft_type": texts["sft_type"],
                "movement": texts["movement"],
                "encumbrance_amount": money(balance * pledge, pledge >= 0),
                "reporting_id": _text(self.entity, ids),
                "x_established_relationship": self._flags("x_established_relationship"),
                "x_lcr_code": texts["x_lcr_code"],
            }
        )

    def rest(self, as_of: date) -> dict[str, pa.Array]:
        """Return the further fields of a whole balance sheet."""
        least, most = (
            self._number(name, -1)[self.product] for name in ("pledge_min", "pledge_max")
        )
        drawn = np.floor(least + self.rng.random(len(self.product)) * (most - least + 1))
        pledged = self._number("encumbered")[self.product] > 0
        # What no pledge of its own dates is pledged as long as its trade lasts.
        days = np.where(least >= 0, drawn, self.days)
        until = np.datetime64(as_of, "D") + days.astype("timedelta64[D]")
        texts = ("capital_tier", "impairment_status")
        found = {
            **{name: _text(self._codes(name), self._choice(name)[0]) for name in texts},
            "rehypothecation": self._flags("rehypothecation"),
            "encumbrance_end_date": pa.array(until, mask=~pledged | (days < 0)),
        }
        for name in ("call", "break"):
            after = self._number(f"{name}_after")[self.product]
            found[f"{name}_dates"] = self._option_dates(as_of, after)
        return found

    def _option_dates(self, as_of: date, after: _Array) -> pa.Array:
        """Return the days on which a third of the deals can be ended: one gone by, two to come.

        ``after`` is how many days from now the first of them is, 0 for a product without.
        """
        has = (after > 0) & (self.rng.random(len(after)) < 1 / 3)
        today = np.datetime64(as_of, "D")
        days = np.stack([np.full(len(after), -90.0), after, after + 180], axis=1)[has]
        dates = pa.array((today + days.astype("timedelta64[D]")).ravel())
        offsets = np.concatenate([[0], np.cumsum(has * 3)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), dates, mask=pa.array(~has))

    def _customers(self, party: _Array) -> tuple[pa.Array, pa.Array, _Array]:
        """Return id, country and group membership, each the same for all deals of a customer.

        Customers at home belong to one entity (three digits of the id), others to the group (0).
        """
        home = self._number("home")[self.product] > 0
        pool = np.where(home, self.deals // 2, self.deals // 100) + 50
        number = (self.rng.random(len(party)) * pool).astype(np.int64)
        kinds = self._choice("entity_type")[0]
        letters = np.array([list(_CUSTOMERS[kind].encode()) for kind in kinds], np.uint8)
        numbers = np.where(home, self.entity + 1, 0) * 10_000_000 + number
        countries = [row["country_code"] for row in _read("countries.csv")]
        country = np.where(home, self.group.country[self.entity], number % len(countries))
        in_group = (party == kinds.index("credit_institution")) & (number % 40 == 0)
        return _labels(letters[party], numbers, 10), _text(country, countries), in_group
