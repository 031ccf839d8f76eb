"""All settings of the platform in one typed place: environment variables CRYPTODRUG_* or a TOML file.

The file is `cryptodrug.toml` in the working folder, or the path in CRYPTODRUG_CONFIG. Environment wins over file.
docs/settings.md is generated from the field descriptions. Nothing else in the package reads the environment.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """Settings; every field is `CRYPTODRUG_<FIELD>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="CRYPTODRUG_", extra="ignore")

    home: Path = Field(default=Path("data"), description="Folder that holds everything a run writes.")
    profile: str = Field(default="demo", description="Replica profile captured when a market's source is `replica`.")
    seed: int = Field(default=7, description="Seed of the replica's world.")
    replica_port: int = Field(
        default=0, description="Port of a running replica (`cryptodrug replica serve`); 0 starts one per run."
    )
    source: str | None = Field(default=None, description="Overrides every market's source: live, archive or replica.")
    chromium: Path | None = Field(default=None, description="Headless Chromium to use instead of searching for one.")
    proxy: str | None = Field(
        default=None, description="socks5://host:port for live captures; without it no live capture starts."
    )
    concurrency: int | None = Field(
        default=None, description="Pages fetched at once, instead of the market's own setting."
    )
    render_sample: float | None = Field(
        default=None, description="Share of listing pages painted, instead of the market's own."
    )
    sweeps: int = Field(
        default=1, description="Passes over a market per month (two within 48 h allow a coverage estimate)."
    )
    parse_workers: int = Field(default=0, description="Processes used for parsing; 0 means one per core.")
    engine: str = Field(
        default="gx", description="Judge of the data contracts: gx (Great Expectations) or duckdb (plain SQL)."
    )
    coin_rates: Path | None = Field(
        default=None,
        description="CSV (date,currency,units_per_eur) of coin prices where no page shows a rate; none ships.",
    )
    price_rule: Literal["exact", "listing"] = Field(
        default="exact",
        description="Price of a sale: exact (only what the market shows was paid) or listing (else the offer's price).",
    )
    attribution_lag_days: int = Field(
        default=0, ge=0, le=28, description="Days by which a sale is dated before its feedback (sensitivity: 7, 14)."
    )
    impute_gaps: bool = Field(
        default=True, description="Add sales lost between captures from the market's own counters (status imputed)."
    )
    flag_holding_prices: bool = Field(default=True, description="Flag holding prices; false leaves all unflagged.")
    holding_cap_eur: float = Field(
        default=10_000, gt=0, description="Price above which an offer without an ordinary unit price is held, EUR."
    )
    holding_own_ratio: float = Field(
        default=5, gt=1, description="Price held above this many of the offer's own medians."
    )
    holding_unit_ratio: float = Field(
        default=10, gt=1, description="Price held above this many median unit prices of its class."
    )
    bootstrap: int = Field(default=1000, description="Replicates of the vendor-cluster bootstrap.")
    min_coverage: float = Field(default=0.9, description="Coverage below which a value is flagged L.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the TOML file."""
        path = Path(os.environ.get("CRYPTODRUG_CONFIG", "cryptodrug.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    @property
    def archive(self) -> Path:
        """WARC archive."""
        return self.home.resolve() / "archive"

    @property
    def tables(self) -> Path:
        """Delta tables of record."""
        return self.home.resolve() / "tables"

    @property
    def warehouse(self) -> Path:
        """DuckDB file published for people."""
        return self.home.resolve() / "warehouse.duckdb"

    @property
    def keys(self) -> Path:
        """Secret keys (mode 700)."""
        return self.home.resolve() / "keys"

    @property
    def dagster_home(self) -> Path:
        """Dagster instance."""
        return self.home.resolve() / "dagster"

    @property
    def reports(self) -> Path:
        """Reports and quality pages."""
        return self.home.resolve() / "reports"
