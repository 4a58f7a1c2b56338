"""Samples: real disclosures, an invented portfolio of deals, example DAGs and scenarios."""

from liqbench.samples.dags import (
    cache_folder,
    disclosure_dag,
    disclosure_scenarios,
    lcr_dag,
    lcr_scenarios,
)
from liqbench.samples.deals import DealSample, write_deals
from liqbench.samples.disclosures import load_disclosures

__all__ = [
    "DealSample",
    "cache_folder",
    "disclosure_dag",
    "disclosure_scenarios",
    "lcr_dag",
    "lcr_scenarios",
    "load_disclosures",
    "write_deals",
]
