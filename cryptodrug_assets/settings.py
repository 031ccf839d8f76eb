"""All settings of the platform in one typed place: environment variables CRYPTODRUG_* or a TOML file.

The file is `cryptodrug.toml` in the working folder, or the path in CRYPTODRUG_CONFIG. Environment wins over file. A
home may hold a `cryptodrug.toml` of its own, which says what it is made of: both win over that.
docs/settings.md is generated from the field descriptions. Nothing else in the package reads the environment.
"""

import difflib
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from cryptodrug_assets.errors import UserError

#: Name of a file of settings.
FILE = "cryptodrug.toml"
_PREFIX = "CRYPTODRUG_"
# Known in the environment and no settings: where the file lies, and where tests find real pages.
_BESIDE = ("CRYPTODRUG_CONFIG", "CRYPTODRUG_REAL_PAGES")


class Settings(BaseSettings):
    """Settings; every field is `CRYPTODRUG_<FIELD>` in the environment. UserError names a value that cannot be."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid")

    home: Path = Field(default=Path("data"), description="Folder that holds everything a run writes.")
    profile: str = Field(default="demo", description="Replica profile captured when a market's source is `replica`.")
    seed: int = Field(default=7, ge=0, description="Seed of the replica's world.")
    replica_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of a running replica (`cryptodrug replica serve`); 0 starts one per run.",
    )
    source: Literal["live", "archive", "replica", "world"] | None = Field(
        default=None,
        description="Overrides every market's source: live, archive, replica, or world (tables straight from the"
        " synthetic world, without a page).",
    )
    chromium: Path | None = Field(default=None, description="Headless Chromium to use instead of searching for one.")
    proxy: str | None = Field(
        default=None, description="socks5://host:port for live captures; without it no live capture starts."
    )
    # Bounds are those of a market's file (observation.CaptureConfig).
    concurrency: int | None = Field(
        default=None, ge=1, le=16, description="Pages fetched at once, instead of the market's own setting."
    )
    render_sample: float | None = Field(
        default=None, ge=0, le=1, description="Share of listing pages painted, instead of the market's own."
    )
    sweeps: int = Field(
        default=1,
        ge=1,
        le=31,
        description="Passes over a market per month (two within 48 h allow a coverage estimate).",
    )
    sweep_gap_hours: float = Field(
        default=6, gt=0, le=744, description="Hours without a page after which imported pages are of another sweep."
    )
    parse_workers: int = Field(default=0, ge=0, le=256, description="Processes used for parsing; 0 means one per core.")
    engine: Literal["gx", "duckdb"] = Field(
        default="gx", description="Judge of the data contracts: gx (Great Expectations) or duckdb (plain SQL)."
    )
    coin_rates: Path | None = Field(
        default=None,
        description="CSV (date,currency,units_per_eur) of coin prices where no page shows a rate; none ships.",
    )
    rates_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address of the ECB's eurofxref-hist (zip or CSV), from which rates of days after the frozen"
        " table are fetched weekly; unset fetches nothing.",
    )
    corrections: Path | None = Field(
        default=None,
        description="CSV of corrections by people (`cryptodrug review`, `cryptodrug correct`); without it"
        " corrections.csv in the home.",
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
    ui_hosts: str = Field(
        default="",
        description="Further names under which the Dagster UI answers, comma-separated, such as monitor.example:443.",
    )
    ui_url: str = Field(
        default="http://127.0.0.1:3000",
        pattern="^https?://[^/?#@]+$",
        description="Address under which the UI is opened; alerts link to it.",
    )
    alert_smtp: str | None = Field(
        default=None, description="Mail server for alerts: smtp+starttls://host:587, smtps://host or smtp://host."
    )
    alert_smtp_user: str | None = Field(default=None, description="Account at the mail server; needs TLS.")
    alert_smtp_password_file: Path | None = Field(
        default=None, description="File (mode 600) with the password of that account."
    )
    alert_mail_from: str = Field(default="", description="Sender of alert mails.")
    alert_mail_to: str = Field(default="", description="Receivers of alert mails, comma-separated.")
    alert_webhook: str | None = Field(
        default=None, pattern="^https?://", description="Address to which alerts are posted as JSON."
    )
    alert_repeat_days: int = Field(
        default=7, ge=1, le=365, description="Days after which something that stays wrong is told again."
    )
    verify_days: int = Field(
        default=45, ge=1, le=3650, description="Days after which an archive that was not verified is told."
    )
    min_free_share: float = Field(
        default=0.1, ge=0, lt=1, description="Share of the disk below which it is told as nearly full."
    )
    alert_coverage: float = Field(default=0.7, ge=0, le=1, description="Coverage of a month below which it is told.")
    keep_raw_months: int | None = Field(
        default=None,
        ge=1,
        description="Months after which `cryptodrug erase --expired` erases captured pages; unset keeps them.",
    )
    keep_parsed_months: int | None = Field(
        default=None,
        ge=1,
        description="Months after which `cryptodrug erase --expired` erases parsed rows; unset keeps them.",
    )
    country: str = Field(
        default="BE",
        pattern="^[A-Z]{2}$",
        description="Country (ISO code) that the report and the plots of a run are about and that is always stated.",
    )
    bootstrap: int = Field(
        default=1000,
        ge=0,
        le=1_000_000,
        description="Replicates of the vendor-cluster bootstrap; 0 computes no intervals.",
    )
    min_coverage: float = Field(default=0.9, ge=0, le=1, description="Coverage below which a value is flagged L.")

    def __init__(self, **values: Any) -> None:
        _refuse_unknown(os.environ)
        try:
            super().__init__(**values)
        except ValidationError as err:
            raise UserError("; ".join(_in_words(error) for error in err.errors())) from err

    @field_validator("*")
    @classmethod
    def _finite(cls, value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("it has to be a finite number")
        return value

    @field_validator("home", mode="before")
    @classmethod
    def _somewhere(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("it is empty, which would be the working folder; write . for that")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the TOML file, then that of the home."""
        sources = (init_settings, env_settings, _toml(settings_cls, _file()))
        named = (values["home"] for values in (source() for source in sources) if values.get("home"))
        home = Path(next(named, settings_cls.model_fields["home"].default))
        return *sources, _toml(settings_cls, home / FILE)

    @property
    def archive(self) -> Path:
        """WARC archive."""
        return self.home.resolve() / "archive"

    @property
    def corrections_file(self) -> Path:
        """Corrections by people."""
        return self.corrections or self.home.resolve() / "corrections.csv"

    @property
    def fetched_rates(self) -> Path:
        """Rates fetched from the ECB, of days after the frozen table."""
        return self.home.resolve() / "rates" / "ecb.csv"

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


def settings_file() -> Path | None:
    """The file that settings are read from, absolute; None where there is none."""
    path = _file()
    return path.resolve() if path.is_file() else None


def _file() -> Path:
    """The TOML file of settings: a stated one has to be there."""
    stated = os.environ.get("CRYPTODRUG_CONFIG")
    if stated and not Path(stated).exists():
        raise UserError(f"CRYPTODRUG_CONFIG names {stated}, which does not exist")
    return Path(stated or FILE)


def _toml(settings_cls: type[BaseSettings], path: Path) -> TomlConfigSettingsSource:
    """The settings of a file; UserError when it is there and cannot be read."""
    if path.is_dir():
        raise UserError(f"{path} is a folder; the settings are a file of TOML")
    try:
        return TomlConfigSettingsSource(settings_cls, toml_file=path)
    except tomllib.TOMLDecodeError as err:
        raise UserError(f"{path} cannot be read as TOML: {err}") from err
    except UnicodeDecodeError as err:
        raise UserError(f"{path} is not UTF-8 (byte {err.start}); save it as UTF-8") from err
    except OSError as err:
        raise UserError(f"{path} cannot be read: {err.strerror}") from err


def _in_words(error: Any) -> str:
    """One of pydantic's errors in a line."""
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"there is no setting {name}; `cryptodrug settings` lists those there are"
    why = error["msg"].removeprefix("Value error, ")
    return f"setting {name} (CRYPTODRUG_{name.upper()}) cannot be {error['input']!r}: {why}"


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """A name that is misspelt would leave its setting at the default and nobody the wiser."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | set(_BESIDE)
    for name in sorted(environment):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            words = [other.removeprefix(_PREFIX) for other in known]
            near = difflib.get_close_matches(name.upper().removeprefix(_PREFIX), words, n=1)
            meant = f"did you mean {_PREFIX}{near[0]}?" if near else "`cryptodrug settings` lists those there are"
            raise UserError(f"there is no setting {name} (in the environment); {meant}")
