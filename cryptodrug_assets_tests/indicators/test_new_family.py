"""How hard is it: an indicator. In a copied tree a family is one module and one file of texts, and nothing else.

It is computed, has contracts, is published with few vendors hidden, drawn, traced and documented.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MODULE = '''
"""Live drug offers per vendor (TY), per origin. TY01: drug offers from the country / vendors that have any."""

import polars as pl

from cryptodrug_assets.indicators.code import Code
from cryptodrug_assets.indicators.family import Family, Lead, Publish
from cryptodrug_assets.indicators.rows import drugs, indicator_frame, row, with_world
from cryptodrug_assets.indicators.tracing import rules


def offers_per_vendor(clean, *, market, month, options, coverage=None):
    offers = with_world(drugs(clean["listings"]).select("vendor_key", "origins", "n_origins", "drug_class"))
    counted = offers.group_by("country").agg(pl.len(), pl.col("vendor_key").n_unique()).sort("country")
    rows = [
        row("TY01", country, "listings", n / vendors, method="offers / vendors", n=n, n_vendors=vendors)
        for country, n, vendors in counted.iter_rows()
    ]
    return indicator_frame("offers_per_vendor", rows, market=market, month=month, options=options, coverage=coverage)


FAMILY = Family(
    table="offers_per_vendor",
    grain="month",
    codes=(Code("TY01", "listings"),),
    compute=offers_per_vendor,
    rows=rules.level,
    publish=Publish(),
    lead=Lead("TY01"),
)
'''
_TEXTS = """
table: offers_per_vendor
serves: ['70']
contract:
  version: 1.0.0
  purpose: Live drug offers per vendor and country (TY).
  rules: [rows, interval, missing, covered]
  public: {version: 1.0.0, rules: [same_value, hidden, world_only, few_vendors]}
codes:
  TY01:
    en: {label: Offers per vendor, definition: Live drug offers divided by the vendors that have any.}
    nl: {label: Aanbiedingen per verkoper, definition: Actieve drugaanbiedingen gedeeld door hun verkopers.}
    fr: {label: Annonces par vendeur, definition: Annonces de drogues actives divisées par leurs vendeurs.}
"""
_PROOF = """
import json
from cryptodrug_assets import contracts
from cryptodrug_assets.assets.formulas import formulas
from cryptodrug_assets.assets.indicators import TABLES
from cryptodrug_assets.assets.public import TABLES as PUBLIC
from cryptodrug_assets.checks.lint import lint
from cryptodrug_assets.indicators.catalogue import code_rows, text_of
from cryptodrug_assets.indicators.publication import public_families
from cryptodrug_assets.indicators.tracing.target import Target
from cryptodrug_assets.indicators.trace import rows_behind
from cryptodrug_assets.publishing.plots import leading
from cryptodrug_assets.quality.dictionary import dictionary
from cryptodrug_assets_tests.indicators import hand
from cryptodrug_assets_tests.indicators.world import OPTIONS

tables = hand.tables()
own = tables["offers_per_vendor"]
public = public_families(tables, options=OPTIONS, published={})[0]["offers_per_vendor_public"]
november = {frame: f.filter(month=f["month"].min()) for frame, f in (("own", own), ("public", public))}
key = november["own"].filter(country="BE").row(0, named=True)
behind = rows_behind(Target.of("offers_per_vendor", key), hand.month("2018-11"))
page = dictionary(contracts.all_contracts(), code_rows())
print(json.dumps({
    "lint": lint(),
    "values": dict(november["own"].select("country", "value").iter_rows()),
    "public": dict(november["public"].select("country", "value").iter_rows()),
    "status": dict(november["public"].select("country", "conf_status").iter_rows()),
    "assets": ["offers_per_vendor" in TABLES, "offers_per_vendor_public" in PUBLIC],
    "behind": behind.counted["listings"]["listing_key"].to_list(),
    "picture": leading("offers_per_vendor", own, "BE")[0],
    "label": text_of("offers_per_vendor", "TY01", "nl").label,
    "described": formulas(["offers_per_vendor"])["offers_per_vendor"],
    "documented": "Annonces par vendeur" in page and "## indicators.offers_per_vendor_public" in page,
}))
"""


def run(tree: Path, *arguments: str) -> str:
    """Python in the copied tree; the tests' helpers come from this one."""
    where = {"PYTHONPATH": os.pathsep.join([str(tree), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=os.environ | where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.timeout(900)
def test_a_family_is_one_module_and_its_texts(tmp_path: Path) -> None:
    for name in ("cryptodrug_assets", "data_contracts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    room = tmp_path / "cryptodrug_assets" / "indicators"
    (room / "families" / "offers_per_vendor.py").write_text(_MODULE.lstrip(), "utf-8")
    (room / "metadata" / "offers_per_vendor.yaml").write_text(_TEXTS.lstrip(), "utf-8")
    said = run(tmp_path, "-m", "cryptodrug_assets.cli", "contracts", "generate")
    assert "wrote indicators/offers_per_vendor.odcs.yaml" in said and "2 contracts" in said
    made = json.loads(run(tmp_path, "-c", _PROOF).splitlines()[-1])
    assert made["lint"] == []
    # Five drug offers of three vendors; of Belgium a1, a2 and b1 of a and b, of the Netherlands b1 and b2 of b.
    assert made["values"] == {"W": pytest.approx(5 / 3), "BE": 1.5, "NL": 2, "_U": 1}
    # Three vendors of the world may be shown, two of a country not.
    assert made["public"] == {"W": pytest.approx(5 / 3), "BE": None, "NL": None, "_U": None}
    assert made["status"] == {"W": "F", "BE": "C", "NL": "C", "_U": "C"}
    assert made["assets"] == [True, True] and made["documented"]
    assert made["behind"] == ["a1", "a2", "b1"]
    assert made["picture"].startswith("TY01 Offers per vendor (listings)")
    assert made["label"] == "Aanbiedingen per verkoper"
    assert "offers from the country / vendors" in made["described"] and "`TY01` Offers per vendor" in made["described"]
