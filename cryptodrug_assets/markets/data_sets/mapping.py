"""A mapping: which column of a data set says what, and how it is written. A YAML file, checked before a row is read.

Contains the model and its reading. Keep out: reading values (values.py), rows (rows.py). Guide:
docs/import-a-data-set.md.
"""

import codecs
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.yaml_text import safe_load

#: Ways to write a moment beside the patterns of strptime.
NAMED_DATES = ("iso", "epoch_s", "epoch_ms")
_MISSING = ("", "-", "n/a", "na", "nan", "nat", "none", "null")
_HAS_YEAR = re.compile(r"%[YyGcxD]")
_SIZE_LIMIT = 200_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spec(_Strict):
    """How one field is read: from a column, or the same for all rows, and how its values are written.

    `split` parts a text into a list, `values` replaces texts by others, `missing` are further ways to say nothing,
    `out_of` is the best rating there is, `dates` the ways in which moments are written, tried in order.
    """

    column: str | None = None
    constant: str | int | float | bool | None = None
    split: str | None = Field(default=None, min_length=1)
    values: dict[str, str | int | float | bool | None] = {}
    missing: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    decimal: Literal[".", ","] | None = None
    case: Literal["lower"] | None = None
    out_of: float | None = Field(default=None, gt=0)

    @field_validator("constant", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        # YAML reads an unquoted 2015-07-01 as a date.
        return value.isoformat() if hasattr(value, "isoformat") else value

    @field_validator("values", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return {str(key).strip().lower(): to for key, to in value.items()} if isinstance(value, dict) else value

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """Further ways to say nothing, in lower case."""
        return frozenset(text.strip().lower() for text in self.missing)

    @model_validator(mode="after")
    def _one_source(self) -> "Spec":
        if (self.column is None) == (self.constant is None):
            raise ValueError("name either a column or a constant")
        return self


def _short(value: object) -> object:
    """A text alone is the name of a column."""
    return {"column": value} if isinstance(value, str) else value


Way = Annotated[Spec, BeforeValidator(_short)]


class _Block(_Strict):
    """Fields of a record; those that are not named stay unknown."""

    def ways(self) -> dict[str, Spec]:
        """The fields that are mapped, with how."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: way for name, way in given if isinstance(way, Spec)}


class OfferBlock(_Block):
    """What a row says of an offer."""

    listing_id: Way | None = None
    title: Way | None = None
    vendor_name: Way
    vendor_id: Way | None = None
    category_path: Way | None = None
    category_id: Way | None = None
    price_amount: Way | None = None
    price_currency: Way | None = None
    price_unit: Way | None = None
    minimum_order: Way | None = None
    ships_from: Way | None = None
    ships_to: Way | None = None
    payment: Way | None = None
    escrow: Way | None = None
    product_class: Way | None = None
    quantity_left: Way | None = None
    units_sold: Way | None = None
    sold_since: Way | None = None
    views: Way | None = None
    description: Way | None = None

    @model_validator(mode="after")
    def _told_apart(self) -> "OfferBlock":
        if self.listing_id is None and self.title is None:
            raise ValueError("an offer is told apart by its listing_id, or by vendor_name and title; map one of them")
        return self


class ReviewBlock(_Block):
    """What a row says of a review; `review_id` tells reviews apart where a data set shows one several times."""

    review_id: Way | None = None
    dated_at: Way
    vendor_name: Way | None = None
    listing_id: Way | None = None
    listing_title: Way | None = None
    rating: Way | None = None
    comment: Way | None = None
    buyer_masked: Way | None = None
    price_amount: Way | None = None
    price_currency: Way | None = None
    price_exact: Way | None = None

    @model_validator(mode="after")
    def _of_somebody(self) -> "ReviewBlock":
        if self.vendor_name is None and self.listing_id is None:
            raise ValueError("a review is of a vendor or of an offer; map vendor_name or listing_id")
        return self


class VendorBlock(_Block):
    """What a row says of a vendor."""

    vendor_name: Way
    vendor_id: Way | None = None
    sales: Way | None = None
    rating: Way | None = None
    rating_count: Way | None = None
    vendor_level: Way | None = None
    trust_level: Way | None = None
    member_since: Way | None = None
    last_active: Way | None = None
    pgp_fingerprint: Way | None = None
    profile_text: Way | None = None


class Mapping(_Strict):
    """A mapping file."""

    name: str = Field(min_length=1, max_length=80)
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    synthetic: bool = False
    format: Literal["csv", "json", "jsonl", "parquet", "sqlite"] | None = None
    table: str | None = None
    each: str | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    torn_rows: Literal["stop", "leave_out"] = "stop"
    decimal: Literal[".", ","] = "."
    timezone: str = "UTC"
    year: int | None = Field(default=None, ge=2009, le=2100)
    missing: tuple[str, ...] = ()
    repair: tuple[Literal["mojibake", "html_entities"], ...] = ()
    dates: tuple[str, ...] = ("iso",)
    only: dict[str, str] = {}
    captured_at: Way | None = None
    exchange_rates: dict[str, Way] = {}
    offer: OfferBlock | None = None
    review: ReviewBlock | None = None
    vendor: VendorBlock | None = None

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError as err:
            raise ValueError(f"there is no encoding '{value}'; write utf-8, latin-1 or cp1252") from err

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as err:
            raise ValueError(f"there is no time zone '{value}'; write UTC or Europe/Brussels") from err
        return value

    @field_validator("only", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        if self.offer is None and self.review is None and self.vendor is None:
            raise ValueError("nothing is mapped; write a block offer, review or vendor")
        if self.captured_at is None and self.review is None:
            raise ValueError("captured_at is not mapped; name the column of the capture's day, or a constant")
        if self.captured_at is None and self.offer is not None and self.offer.price_amount is not None:
            raise ValueError("an offer's price is of a day; map captured_at, or let the review have the price")
        for place, way in self.ways():
            for pattern in way.dates or self.dates:
                _check_dates(place, pattern, self.year)
        return self

    def ways(self) -> Iterator[tuple[str, Spec]]:
        """Every field that is mapped, as "offer.title", with how."""
        if self.captured_at is not None:
            yield "captured_at", self.captured_at
        for currency, way in self.exchange_rates.items():
            yield f"exchange_rates.{currency}", way
        for block in ("offer", "review", "vendor"):
            fields = getattr(self, block)
            for name, way in fields.ways().items() if fields is not None else ():
                yield f"{block}.{name}", way

    def columns(self) -> dict[str, str]:
        """The columns that are asked for, with the field that asks first."""
        asked = dict.fromkeys(self.only, "only")
        for place, way in self.ways():
            if way.column is not None:
                asked.setdefault(way.column, place)
        return asked

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """How the data set says nothing, in lower case."""
        return frozenset(_MISSING) | {text.strip().lower() for text in self.missing}


def _check_dates(place: str, pattern: str, year: int | None) -> None:
    if pattern in NAMED_DATES:
        return
    if "%" not in pattern:
        raise ValueError(f"{place}: '{pattern}' is no way to write a date; write {', '.join(NAMED_DATES)} or %d/%m/%Y")
    try:
        moment = datetime(2015, 7, 21, 13, 45, tzinfo=UTC)
        datetime.strptime(  # noqa: DTZ007 - only whether it can be read
            f"{moment.strftime(pattern)} 2015", f"{pattern} %Y" if "%Y" not in pattern else f"{pattern} 2015"
        )
    except ValueError as err:
        raise ValueError(f"{place}: '{pattern}' is no pattern of a date ({err})") from err
    if year is None and not _HAS_YEAR.search(pattern):
        raise ValueError(f"{place}: '{pattern}' has no year; set `year`, the year of the data set")


@lru_cache(maxsize=16)
def read_mapping(text: str, place: str) -> Mapping:
    """The mapping that a file's text is; UserError naming `place` and what is wrong, in one line."""
    if len(text) > _SIZE_LIMIT:
        raise UserError(f"{place} has {len(text):,} characters; a mapping has a hundred lines at most")
    try:
        given = safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as err:
        raise UserError(f"{place} is not YAML: {' '.join(str(err).split())}; see docs/import-a-data-set.md") from err
    if not isinstance(given, dict):
        raise UserError(f"{place} is no mapping; write name, source, licence and a block offer or review in it")
    try:
        return Mapping.model_validate(given)
    except ValidationError as err:
        raise UserError(f"{place} is not valid: {_first_of(err)}; see docs/import-a-data-set.md") from err


def _first_of(error: ValidationError) -> str:
    """What is wrong, in one line: unknown keys first, since a key that is missing may be one that is misspelt."""
    found: list[Any] = sorted(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = ".".join(str(part) for part in found[0]["loc"]) or "the file"
    kind = found[0]["type"]
    if kind == "extra_forbidden":
        text = f"unknown key {place}"
    elif kind == "missing":
        text = f"{place} is not set"
    else:
        text = f"{place}: {found[0]['msg'].removeprefix('Value error, ')}"
    return text + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
