"""Options of the cleaning methods: every choice that a reader may question, recorded with the output."""

from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class CleaningOptions:
    """Sensitivity switches; the defaults are the methods of the study."""

    # exact: a sale has a price only where the market shows what was paid; listing: else the offer's price in the month.
    price_rule: str = "exact"
    # Feedback follows delivery: days by which a sale is dated before its feedback (sensitivity: 7, 14).
    attribution_lag_days: int = 0
    # Sales that fell between two captures are added from the market's own counters, with status imputed.
    impute_gaps: bool = True
    # Holding prices are flagged, never deleted; False leaves every price unflagged.
    flag_holding_prices: bool = True
    holding_cap_eur: float = 10_000.0
    holding_own_ratio: float = 5.0
    holding_unit_ratio: float = 10.0
    # CSV (date,currency,units_per_eur) of coin prices, for coins no page gives a rate of; the operator's own.
    coin_rates: Path | None = None
    # CSV of the same columns: the ECB's rates of days after the frozen table.
    fetched_rates: Path | None = None
    # CSV of what people corrected (corrections.py).
    corrections: Path | None = None

    def as_metadata(self) -> dict[str, str]:
        """The switches as text, under the names that tables and runs carry; of a file its name alone."""
        return {
            f"option/{name}": value.name if isinstance(value, Path) else str(value)
            for name, value in asdict(self).items()
        }
