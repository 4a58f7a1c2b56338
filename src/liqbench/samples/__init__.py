"""Samples: real disclosures, an invented portfolio of deals, example DAGs and scenarios."""

from liqbench.samples.comparison import TOTALS, compare_with_printed
from liqbench.samples.dags import (
    cache_folder,
    disclosure_dag,
    disclosure_scenarios,
    lcr_dag,
    lcr_nsfr_dag,
    lcr_scenarios,
    stress_scenarios,
    templates,
)
from liqbench.samples.deals import DealSample, write_deals
from liqbench.samples.disclosures import disclosed_tables, load_disclosures

__all__ = [
    "TOTALS",
    "DealSample",
    "cache_folder",
    "compare_with_printed",
    "disclosed_tables",
    "disclosure_dag",
    "disclosure_scenarios",
    "lcr_dag",
    "lcr_nsfr_dag",
    "lcr_scenarios",
    "load_disclosures",
    "stress_scenarios",
    "templates",
    "write_deals",
]
