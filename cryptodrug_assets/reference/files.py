"""Where the frozen reference files of this folder lie."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent

RATES_FILE = _FOLDER / "ecb_rates.csv"
CATEGORIES_DIR = _FOLDER / "categories"
TAXONOMY_FILE = _FOLDER / "drug_taxonomy.csv"
