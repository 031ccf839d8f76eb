"""Where the schemas of DDI-Codebook lie on a machine that has them; tests that need them skip elsewhere."""

from pathlib import Path

from cryptodrug_assets.buyers.deposit.ddi import Version

SCHEMAS = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "schemas"
FOLDERS: dict[Version, str] = {"2.5": "ddi_codebook_s25", "2.6": "ddi_codebook_s26"}
