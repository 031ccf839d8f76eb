"""All settings of the platform in one typed place: environment variables CRYPTODRUG_* or a TOML file.

The file is `cryptodrug.toml` in the working folder, or the path in CRYPTODRUG_CONFIG. Environment wins over file.
docs/settings.md is generated from the field descriptions. Nothing else in the package reads the environment.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cryptodrug_assets.errors import UserError


class Settings(BaseSettings):
    """Settings; every field is `CRYPTODRUG_<FIELD>` in the environment. UserError names a value that cannot be."""

    model_config = SettingsConfigDict(env_prefix="CRYPTODRUG_", extra="forbid")

    home: Path = Field(default=Path("data"), description="Folder that holds everything a run writes.")
    profile: str = Field(default="demo", description="Replica profile captured when a market's source is `replica`.")
    seed: int = Field(default=7, description="Seed of the replica's world.")
    replica_port: int = Field(
        default=0, description="Port of a running replica (`cryptodrug replica serve`); 0 starts one per run."
    )
    source: Literal["live", "archive", "replica"] | None = Field(
        default=None, description="Overrides every market's source: live, archive or replica."
    )
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
    engine: Literal["gx", "duckdb"] = Field(
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
    country: str = Field(
        default="BE",
        pattern="^[A-Z]{2}$",
        description="Country (ISO code) that the report and the plots of a run are about and that is always stated.",
    )
    bootstrap: int = Field(default=1000, description="Replicates of the vendor-cluster bootstrap.")
    min_coverage: float = Field(default=0.9, description="Coverage below which a value is flagged L.")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as err:
            raise UserError("; ".join(_in_words(error) for error in err.errors())) from err
        except tomllib.TOMLDecodeError as err:
            raise UserError(f"{_file()} cannot be read as TOML: {err}") from err

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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_file())

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


def _file() -> Path:
    """The TOML file of settings: a stated one has to be there."""
    stated = os.environ.get("CRYPTODRUG_CONFIG")
    if stated and not Path(stated).exists():
        raise UserError(f"CRYPTODRUG_CONFIG names {stated}, which does not exist")
    return Path(stated or "cryptodrug.toml")


def _in_words(error: Any) -> str:
    """One of pydantic's errors in a line."""
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"there is no setting {name}; `cryptodrug settings` lists those there are"
    return f"setting {name} (CRYPTODRUG_{name.upper()}) cannot be {error['input']!r}: {error['msg']}"
