"""A deal for every category of the Basel tables, its weighted amounts worked out by hand.

Every deal is of 1,000.00 euros unless it says otherwise. An expectation is a part, its LCR
category and weighted amount, its NSFR category and weighted amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

AS_OF = date(2025, 12, 31)
OUT = "OUT_OF_SCOPE"

# Weights that the Basel text leaves to supervisors, and so our own set in the test.
NATIONAL = """
schema: liqparameters/1
name: by-hand
version: "1"
title: Basel with the weights that it leaves to supervisors
source: this test
extends: basel
categories:
  - {code: O.CTG.TRADE, weight: 0.05, reason: top of the range of paragraph 138}
  - {code: O.CTG.OTHER, weight: 0.02, reason: as a supervisor may set it}
  - {code: I.OTH, weight: 0.50, reason: as a supervisor may set it}
  - {code: R.OBS.OTH, weight: 0.05, reason: as a supervisor may set it}
"""

DAYS_10, DAYS_20, DAYS_30 = date(2026, 1, 10), date(2026, 1, 20), date(2026, 1, 30)
DAYS_31 = date(2026, 1, 31)
MONTHS_3, MONTHS_6, MONTHS_9 = date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)
GONE = date(2025, 12, 30)
YEAR_1, YEARS_2 = date(2026, 12, 31), date(2027, 12, 31)

Expected = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Deal:
    fields: dict[str, Any]
    expected: tuple[Expected, ...]


def whole(lcr: str, lcr_amount: str, nsfr: str, nsfr_amount: str, part: str = "whole") -> Expected:
    return (part, lcr, lcr_amount, nsfr, nsfr_amount)


def one(lcr: str, lcr_amount: str, nsfr: str, nsfr_amount: str, **fields: Any) -> Deal:
    """Return a deal that stays whole."""
    return Deal(fields, (whole(lcr, lcr_amount, nsfr, nsfr_amount),))


def account(side: str, kind: str, who: str, **fields: Any) -> dict[str, Any]:
    return {"schema_type": "account", "asset_liability": side, "type": kind, "entity_type": who} | (
        fields
    )


def security(side: str, kind: str, who: str, **fields: Any) -> dict[str, Any]:
    return {
        "schema_type": "security", "asset_liability": side, "type": kind, "entity_type": who,
    } | fields  # fmt: skip


def loan(side: str, kind: str, who: str, **fields: Any) -> dict[str, Any]:
    return {"schema_type": "loan", "asset_liability": side, "type": kind, "entity_type": who} | (
        fields
    )


def insured(lcr: str, lcr_amount: str, nsfr: str, nsfr_amount: str, **fields: Any) -> Deal:
    """Return a deposit that is insured in full."""
    part = whole(lcr, lcr_amount, nsfr, nsfr_amount, "insured")
    return Deal({"guarantee_amount": 100_000, **fields}, (part,))


def facility(lcr: str, lcr_amount: str, drawn: tuple[str, str], kind: str, who: str) -> Deal:
    """Return a committed line of 1,500 of which 500 are drawn for more than a year."""
    fields = loan(
        "asset", kind, who, status="committed", on_balance_sheet=False, balance=50_000,
        limit_amount=150_000, end_date=YEARS_2, risk_weight_std="0.75",
    )  # fmt: skip
    undrawn = whole(lcr, lcr_amount, "R.OBS", "50.00", "undrawn")
    return Deal(fields, (undrawn, whole(OUT, "0", *drawn, "drawn")))


def hqla(kind: str, who: str, level: str, **fields: Any) -> dict[str, Any]:
    return security("asset", kind, who, hqla_class=level, movement="asset", end_date=YEARS_2) | (
        fields
    )


def funding(who: str, level: str, kind: str = "bond", **fields: Any) -> dict[str, Any]:
    return security(
        "liability", kind, who, hqla_class=level, sft_type="repo", movement="cash",
        end_date=DAYS_30, **fields,
    )  # fmt: skip


def lending(level: str, kind: str = "bond", sft: str = "rev_repo", **fields: Any) -> dict[str, Any]:
    return security(
        "asset", kind, "credit_institution", hqla_class=level, sft_type=sft, movement="cash",
        end_date=DAYS_30,
    ) | fields  # fmt: skip


def collateral(purpose: str) -> dict[str, Any]:
    return {
        "schema_type": "collateral", "asset_liability": "liability", "type": "contingent",
        "purpose": purpose, "entity_type": "credit_institution", "on_balance_sheet": False,
    }  # fmt: skip


def obligation(kind: str, who: str, purpose: str | None = None) -> dict[str, Any]:
    return loan("asset", kind, who, purpose=purpose, on_balance_sheet=False)


def deals() -> Iterator[Deal]:
    yield from _stock()
    yield from _deposits()
    yield from _funding()
    yield from _commitments()
    yield from _inflows()
    yield from _stable_funding()
    yield from _required_funding()


def _stock() -> Iterator[Deal]:
    cash = account("asset", "cash", "central_bank", hqla_class="i")
    yield one("L1.CASH", "1000", "R.CASH", "0", **cash)
    reserve = account("asset", "cb_reserve", "central_bank", hqla_class="i")
    yield one("L1.CBR", "1000", "R.CBR", "0", **reserve)
    yield one(OUT, "0", "R.CBR", "0", **reserve, x_central_bank_drawable=False)
    bond = hqla("bond", "sovereign", "i", risk_weight_std="0")
    yield one("L1.SEC0", "1000", "R.L1", "50", **bond)
    domestic = hqla("bond", "sovereign", "i", risk_weight_std="0.2")
    yield one("L1.SOVDOM", "1000", "R.L1", "50", **domestic)
    yield one("L1.SOVFX", "1000", "R.L1", "50", **domestic, x_domestic_currency=False)
    yield one("L2A.SEC20", "850", "R.L2A", "150", **hqla("bond", "pse", "iia"))
    yield one("L2A.CORP", "850", "R.L2A", "150", **hqla("bond", "corporate", "iia"))
    covered = hqla("covered_bond", "credit_institution", "iia")
    yield one("L2A.CB", "850", "R.L2A", "150", **covered)
    yield one("L2B.RMBS", "750", "R.L2B", "500", **hqla("rmbs", "sspe", "iib"))
    yield one("L2B.CORP", "500", "R.L2B", "500", **hqla("bond", "corporate", "iib"))
    yield one("L2B.EQ", "500", "R.L2B", "500", **hqla("equity", "corporate", "iib"))
    yield one(OUT, "0", "R.L2A", "150", **hqla("bond", "pse", "iia_non_op"))
    # Encumbered for nine months: the free 600 count, and weigh 5 %; the others weigh 50 %.
    yield Deal(
        {**bond, "encumbrance_amount": 40_000, "encumbrance_end_date": MONTHS_9},
        (
            whole(OUT, "0", "R.HQLAENC", "200", "encumbered"),
            whole("L1.SEC0", "600", "R.L1", "30", "free"),
        ),
    )


def _deposits() -> Iterator[Deal]:
    retail = account("liability", "current", "natural_person", status="transactional")
    yield insured("O.RET.STABLE3", "30", "A.RET.ST", "950", **retail, x_scheme_prefunded=True)
    yield insured("O.RET.STABLE5", "50", "A.RET.ST", "950", **retail)
    known = account("liability", "savings", "natural_person", x_established_relationship=True)
    yield insured("O.RET.STABLE5", "50", "A.RET.ST", "950", **known)
    yield insured(
        "O.RET.LESS", "100", "A.RET.LS", "900",
        **{**known, "x_established_relationship": False},
    )  # fmt: skip
    yield one("O.RET.LESS", "100", "A.RET.LS", "900", **known)
    yield Deal(
        {**retail, "guarantee_amount": 60_000},
        (
            whole("O.RET.STABLE5", "30", "A.RET.ST", "570", "insured"),
            whole("O.RET.LESS", "40", "A.RET.LS", "360", "uninsured"),
        ),
    )
    term = account(
        "liability", "time_deposit", "natural_person", end_date=MONTHS_3, withdrawal_penalty=2_000
    )
    yield one("O.RET.TERM30", "0", "A.RET.LS", "900", **term)
    yield one("O.RET.TERM30", "0", "A.RET.LS", "900", **{**term, "end_date": DAYS_31})
    yield one("O.RET.LESS", "100", "A.RET.LS", "900", **{**term, "end_date": DAYS_30})
    yield one("O.RET.LESS", "100", "A.RET.LS", "900", **{**term, "withdrawal_penalty": 0})
    yield one("O.RET.TERM30", "0", "A.LIAB1Y", "1000", **{**term, "end_date": YEARS_2})
    notice = account("liability", "savings", "natural_person", next_withdrawal_date=MONTHS_3)
    yield one("O.RET.TERM30", "0", "A.RET.LS", "900", **notice)
    business = account("liability", "current", "sme", status="transactional")
    yield insured("O.SME.STABLE", "50", "A.RET.ST", "950", **business)
    yield one("O.SME.LESS", "100", "A.RET.LS", "900", **business)
    yield one("O.SME.TERM30", "0", "A.RET.LS", "900", **{**term, "entity_type": "sme"})
    clearing = account("liability", "current", "corporate", purpose="clearing")
    yield one("O.WHL.OP", "250", "A.OP", "500", **clearing)
    yield Deal(
        {**clearing, "guarantee_amount": 40_000},
        (
            whole("O.WHL.OPINS", "20", "A.OP", "200", "insured"),
            whole("O.WHL.OP", "150", "A.OP", "300", "uninsured"),
        ),
    )
    network = account("liability", "current", "credit_institution", purpose="ips")
    yield one("O.WHL.COOP", "250", "A.FI6", "0", **network)
    corporate = account("liability", "current", "corporate", purpose="deposit")
    yield one("O.WHL.NFC", "400", "A.NFC", "500", **corporate)
    yield insured("O.WHL.NFCINS", "200", "A.NFC", "500", **corporate)
    # Insured in part only: the lower rate is for deposits that are insured as a whole (108).
    yield one("O.WHL.NFC", "400", "A.NFC", "500", **corporate, guarantee_amount=40_000)
    sovereign = account("liability", "current", "sovereign", purpose="deposit")
    yield one("O.WHL.NFC", "400", "A.SOV", "500", **sovereign)
    bank = account("liability", "time_deposit", "credit_institution", purpose="deposit")
    yield one("O.WHL.OTHER", "1000", "A.FI6", "0", **bank)
    yield one(OUT, "0", "A.OTH6_12", "500", **bank, end_date=MONTHS_9)
    yield one(OUT, "0", "A.OTH6_12", "500", **bank, end_date=MONTHS_6)
    yield one(OUT, "0", "A.LIAB1Y", "1000", **bank, end_date=YEAR_1)
    # The depositor may end it earlier (86): the next such day counts, one gone by does not.
    long = {**bank, "end_date": YEARS_2}
    yield one("O.WHL.OTHER", "1000", "A.FI6", "0", **long, call_dates=[YEARS_2, DAYS_30, GONE])
    yield one("O.WHL.OTHER", "1000", "A.FI6", "0", **long, break_dates=[AS_OF])
    yield one(OUT, "0", "A.OTH6_12", "500", **long, call_dates=[YEAR_1], break_dates=[MONTHS_9])
    yield one(OUT, "0", "A.LIAB1Y", "1000", **long, call_dates=[GONE], break_dates=[])
    prime = account("liability", "current", "fund", purpose="prime_brokerage")
    yield one("O.WHL.OTHER", "1000", "A.FI6", "0", **prime)


def _funding() -> Iterator[Deal]:
    yield one("O.SEC.CB_L1", "0", "A.FI6", "0", **funding("credit_institution", "i"))
    yield one("O.SEC.CB_L1", "0", "A.FI6", "0", **funding("central_bank", "ineligible"))
    yield one("O.SEC.L2A", "150", "A.FI6", "0", **funding("fund", "iia"))
    yield one("O.SEC.SOV25", "250", "A.SOV", "500", **funding("sovereign", "ineligible"))
    good, weak = ({"risk_weight_std": weight} for weight in ("0.2", "0.5"))
    yield one("O.SEC.SOV25", "250", "A.SOV", "500", **funding("pse", "ineligible", **good))
    yield one("O.SEC.OTHER", "1000", "A.SOV", "500", **funding("pse", "ineligible", **weak))
    yield one("O.SEC.RMBS", "250", "A.FI6", "0", **funding("fund", "iib", "rmbs"))
    yield one("O.SEC.L2B", "500", "A.FI6", "0", **funding("fund", "iib", "equity"))
    yield one("O.SEC.OTHER", "1000", "A.FI6", "0", **funding("fund", "ineligible"))
    later = funding("fund", "ineligible") | {"end_date": DAYS_31}
    yield one(OUT, "0", "A.FI6", "0", **later)
    swap = {"schema_type": "derivative", "type": "vanilla_swap", "entity_type": "corporate"}
    yield Deal(
        {**swap, "asset_liability": "liability", "end_date": DAYS_10},
        (
            whole("O.DER.NET", "1000", "A.DER", "0", "net"),
            whole(OUT, "0", "R.DER20", "200", "gross"),
        ),
    )
    yield one("O.DER.DOWN3", "1000", OUT, "0", **collateral("downgrade"))
    yield one("O.DER.VALCH", "200", OUT, "0", **collateral("valuation_change"))
    yield one("O.DER.EXCESS", "1000", OUT, "0", **collateral("excess"))
    yield one("O.DER.DUE", "1000", OUT, "0", **collateral("due"))
    yield one("O.DER.SUBST", "1000", OUT, "0", **collateral("substitution"))
    yield one("O.DER.LOOKBK", "1000", OUT, "0", **collateral("lookback"))
    issued = {"movement": "debt_issue", "end_date": DAYS_20}
    yield one("O.DEBT.ABS", "1000", "A.FI6", "0", **security("liability", "abs", "fund", **issued))
    conduit = security("liability", "abcp", "fund", **issued)
    yield one("O.DEBT.ABCP", "1000", "A.FI6", "0", **conduit)
    bond = security("liability", "bond", "fund", **issued)
    yield one("O.WHL.OTHER", "1000", "A.FI6", "0", **bond)
    yield one(OUT, "0", "A.LIAB1Y", "1000", **{**bond, "end_date": YEARS_2})
    payable = account("liability", "payable", "corporate", end_date=DAYS_10)
    yield one("O.OTH", "1000", "A.OPEN", "0", **payable)


def _commitments() -> Iterator[Deal]:
    long = ("R.LN85", "425")
    bank = ("R.OTH100", "500")
    yield facility("O.FAC.RETAIL", "50", long, "credit_facility", "natural_person")
    yield facility("O.FAC.CR.NFC", "100", long, "credit_facility", "corporate")
    yield facility("O.FAC.LQ.NFC", "300", long, "liquidity_facility", "corporate")
    yield facility("O.FAC.BANK", "400", bank, "liquidity_facility", "credit_institution")
    yield facility("O.FAC.CR.FI", "400", bank, "credit_facility", "insurer")
    yield facility("O.FAC.LQ.FI", "1000", bank, "liquidity_facility", "insurer")
    yield facility("O.FAC.OTHER", "1000", bank, "credit_facility", "sspe")
    lend = "contractual_lending"
    yield one("O.CON.FI", "1000", "R.OBS.OTH", "50", **obligation("commitment", "fund", lend))
    yield one(
        "O.CON.NFCEXC", "1000", "R.OBS.OTH", "50", **obligation("commitment", "corporate", lend)
    )
    letter = obligation("letter_of_credit", "corporate")
    yield one("O.CTG.TRADE", "50", "R.OBS.OTH", "50", **letter)
    yield one("O.CTG.OTHER", "20", "R.OBS.OTH", "50", **obligation("guarantee", "corporate"))
    short = obligation("other_contingent", "fund", "customer_short")
    yield one("O.CTG.SHORT", "500", "R.OBS.OTH", "50", **short)


def _inflows() -> Iterator[Deal]:
    yield one("I.RR.L1", "0", "R.FIL1", "100", **lending("i", rehypothecation=True))
    yield one("I.RR.L1", "0", "R.FIOTH", "150", **lending("i"))
    yield one("I.RR.L2A", "150", "R.FIOTH", "150", **lending("iia"))
    yield one("I.RR.RMBS", "250", "R.FIOTH", "150", **lending("iib", "rmbs"))
    yield one("I.RR.L2B", "500", "R.FIOTH", "150", **lending("iib", "equity"))
    margin = lending("ineligible", "equity", "margin_loan")
    yield one("I.RR.MARGIN", "500", "R.FIOTH", "150", **margin)
    yield one("I.RR.OTHER", "1000", "R.FIOTH", "150", **lending("ineligible"))
    yield one("I.RR.SHORT", "0", "R.FIOTH", "150", **lending("iia", x_covers_short=True))
    yield Deal(
        loan(
            "liability", "credit_facility", "credit_institution", balance=50_000,
            limit_amount=150_000, end_date=DAYS_10,
        ),
        (
            whole("I.FAC", "0", OUT, "0", "undrawn"),
            whole("O.WHL.OTHER", "500", "A.FI6", "0", "drawn"),
        ),
    )  # fmt: skip
    nostro = account("asset", "nostro", "credit_institution", purpose="clearing")
    yield one("I.OPDEP", "0", "R.OPDEP", "500", **nostro)
    yield one("I.COOPDEP", "0", "R.OPDEP", "500", **{**nostro, "purpose": "ips"})
    yield one("I.RET", "500", "R.OTH1Y", "500", **loan("asset", "auto", "sme", end_date=DAYS_10))
    due = loan("asset", "commercial", "corporate", end_date=DAYS_30)
    yield one("I.NFC", "500", "R.OTH1Y", "500", **due)
    yield one(OUT, "0", "R.OTH1Y", "500", **{**due, "end_date": DAYS_31})
    bank = loan("asset", "commercial", "credit_institution", end_date=DAYS_10)
    yield one("I.FI", "1000", "R.FIOTH", "150", **bank)
    yield one("I.FI", "1000", "R.CB6", "0", **{**bank, "entity_type": "central_bank"})
    bond = security(
        "asset", "bond", "corporate", hqla_class="ineligible", movement="asset", end_date=DAYS_20
    )
    yield one("I.SECMAT", "1000", "R.OTH1Y", "500", **bond)
    swap = {"schema_type": "derivative", "type": "vanilla_swap", "entity_type": "corporate"}
    yield one("I.DER", "1000", "R.DER", "1000", **swap, asset_liability="asset", end_date=DAYS_10)
    receivable = account("asset", "receivable", "corporate", end_date=DAYS_10)
    yield one("I.OTH", "500", "R.OTH100", "1000", **receivable)
    # 1,000 dollars at 0.90 euros each.
    dollars = {**due, "currency_code": "USD"}
    yield one("I.NFC", "450", "R.OTH1Y", "450", **dollars)


def _stable_funding() -> Iterator[Deal]:
    share = {"schema_type": "security", "type": "share", "asset_liability": "equity",
             "entity_type": "fund", "capital_tier": "cet1"}  # fmt: skip
    yield one(OUT, "0", "A.CAP", "1000", **share)
    bond = security("liability", "bond", "fund", movement="debt_issue", end_date=YEARS_2)
    yield one(OUT, "0", "A.CAP", "1000", **bond, capital_tier="t2")
    # Tier 2 of less than a year is no stable capital any more.
    short = {**bond, "capital_tier": "t2", "end_date": MONTHS_9}
    yield one(OUT, "0", "A.OTH6_12", "500", **short)
    yield one(OUT, "0", "A.OTHCAP", "1000", **{**bond, "type": "hybrid"})
    tax = account("liability", "deferred_tax", "corporate")
    yield one(OUT, "0", "A.OPEN", "0", **tax)
    yield one(OUT, "0", "A.DTL6_12", "500", **tax, end_date=MONTHS_9)
    yield one(OUT, "0", "A.DTL1Y", "1000", **tax, end_date=YEARS_2)
    bought = account("liability", "trade_date_payable", "fund", end_date=DAYS_10)
    yield one("O.OTH", "1000", "A.TRADE", "0", **bought)
    passed = account("liability", "time_deposit", "pse", purpose="interdependent", end_date=YEARS_2)
    yield one(OUT, "0", "A.INTERDEP", "0", **passed)


def _required_funding() -> Iterator[Deal]:
    sold = account("asset", "trade_date_receivable", "fund", end_date=DAYS_10)
    yield one(OUT, "0", "R.TRADE", "0", **sold)
    bank = loan("asset", "commercial", "credit_institution", end_date=MONTHS_3)
    yield one(OUT, "0", "R.FIOTH", "150", **bank)
    yield one(OUT, "0", "R.FI6_12", "500", **{**bank, "end_date": MONTHS_9})
    yield one(OUT, "0", "R.OTH100", "1000", **{**bank, "end_date": YEARS_2})

    def pledged(until: date, code: str, amount: str) -> tuple[dict[str, Any], tuple[Expected, ...]]:
        fields = {"encumbrance_amount": 100_000, "encumbrance_end_date": until}
        return fields, (whole(OUT, "0", code, amount, "encumbered"),)

    for what, (fields, expected) in (
        (bank, pledged(MONTHS_9, "R.ENC6_12", "500")),
        (bank, pledged(MONTHS_3, "R.FIOTH", "150")),
        (bank, pledged(YEARS_2, "R.ENC1Y", "1000")),
    ):
        yield Deal({**what, **fields}, expected)
    home = loan(
        "asset", "mortgage", "natural_person", end_date=date(2040, 6, 30), risk_weight_std="0.35"
    )
    yield one(OUT, "0", "R.MTG35", "650", **home)
    yield one(OUT, "0", "R.LN85", "850", **{**home, "risk_weight_std": "0.3501"})
    for until, code, amount in (
        (MONTHS_3, "R.MTG35", "650"), (MONTHS_9, "R.MTG35", "650"), (YEARS_2, "R.ENC1Y", "1000"),
    ):  # fmt: skip
        fields, expected = pledged(until, code, amount)
        yield Deal({**home, **fields}, expected)
    state = loan("asset", "commercial", "sovereign", end_date=YEARS_2, risk_weight_std="0.2")
    yield one(OUT, "0", "R.LN35", "650", **state)
    firm = loan("asset", "commercial", "corporate", end_date=YEARS_2, risk_weight_std="1")
    yield one(OUT, "0", "R.LN85", "850", **firm)
    yield one(OUT, "0", "R.OTH100", "1000", **firm, impairment_status="non_performing")
    margin = {"schema_type": "collateral", "type": "initial_margin", "asset_liability": "asset",
              "entity_type": "ccp"}  # fmt: skip
    yield one(OUT, "0", "R.IM", "850", **margin)
    bond = security(
        "asset", "bond", "corporate", hqla_class="ineligible", movement="asset", end_date=YEARS_2
    )
    yield one(OUT, "0", "R.SEC85", "850", **bond)
    yield one(OUT, "0", "R.SEC85", "850", **{**bond, "type": "equity", "end_date": None})
    gold = account("asset", "commodity", "corporate")
    yield one(OUT, "0", "R.COMM", "850", **gold)
    yield one(OUT, "0", "R.OTH100", "1000", **account("asset", "fixed_asset", "corporate"))
    # Open, so taken to last a year or more unless shown otherwise.
    yield one("I.RR.L1", "0", "R.OTH100", "1000", **lending("i", end_date=None))
