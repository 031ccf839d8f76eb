"""Instruments from YAML (data_contracts/instruments/<name>.yaml): strict, with the place of what is wrong."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cryptodrug_assets.buyers.declared import declared_for, parsed_yaml, validated
from cryptodrug_assets.buyers.survey import routing
from cryptodrug_assets.buyers.survey.model import Choice, Instrument, Item, ItemSet, Kind
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.observation import CONTRACTS_DIR, file_text

INSTRUMENTS_DIR = CONTRACTS_DIR / "instruments"
_NAME = r"^[a-z][a-z0-9_]{0,63}$"
_OPTION = r"^[a-z0-9][a-z0-9_]{0,63}$"
Label = dict[Literal["nl", "fr", "en"], str]
_TICKS = (Choice(1, {"nl": "ja", "fr": "oui", "en": "yes"}), Choice(0, {"nl": "nee", "fr": "non", "en": "no"}))
_MOST_BYTES = 4_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Value(_Strict):
    nl: str | None = None
    fr: str | None = None
    en: str | None = None
    written: list[str] = []


class _Block(_Strict):
    name: str = Field(pattern=_NAME)
    label: Label = {}


class _Item(_Strict):
    name: str = Field(pattern=_NAME)
    block: str
    kind: Kind
    label: Label
    values: str | dict[int, _Value] | None = None
    options: dict[str, _Value] = {}
    none: str | None = None
    places: int = Field(default=0, ge=0, le=50)
    universe: str | None = None
    period: str | None = None
    sensitivity: Literal["low", "medium", "high"] = "medium"
    statements: list[str] = []
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    eligible: list[int] = []
    columns: list[str] = []

    @model_validator(mode="after")
    def _fits(self) -> "_Item":
        if self.kind in ("single", "ordinal") and not self.values:
            raise ValueError(f"{self.name} is closed and has no values")
        if self.kind in ("multi", "rank") and not self.options:
            raise ValueError(f"{self.name} is a set and has no options")
        if self.kind == "rank" and not 1 <= self.places <= len(self.options):
            raise ValueError(f"{self.name} is a ranking; places says how many of its options are ranked")
        if self.none is not None and self.none not in self.options:
            raise ValueError(f"{self.name}: none names {self.none}, which is no option of it")
        return self


class _File(_Strict):
    instrument: str = Field(pattern=_NAME)
    wave: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.-]{0,31}$")
    version: str = "1"
    note: str = ""
    languages: list[Literal["nl", "fr", "en"]] = Field(default=["en"], min_length=1)
    pages: Literal["blocks", "unknown"] = "unknown"
    break_off: Literal["platform", "infer"] = "platform"
    blocks: list[_Block] = Field(min_length=1)
    scales: dict[str, dict[int, _Value]] = {}
    items: list[_Item] = Field(min_length=1)
    ignore: list[str] = []


def load(name: str) -> Instrument:
    """The instrument called `name` of this project; UserError listing those there are."""
    known = sorted(path.stem for path in INSTRUMENTS_DIR.glob("*.yaml"))
    if name not in known:
        raise UserError(
            f"there is no instrument {name}; known: {', '.join(known) or 'none'}, or give --instrument FILE"
        )
    return load_file(INSTRUMENTS_DIR / f"{name}.yaml")


def for_wave(wave: str) -> Instrument:
    """The instrument that the project declares for a wave; UserError when none or several do."""
    declared = declared_instrument(wave)
    if declared is None:
        raise UserError(
            f"no instrument is of wave {wave}; add data_contracts/instruments/NAME.yaml or give --instrument FILE"
        )
    return declared


def declared_instrument(wave: str) -> Instrument | None:
    """The instrument that the project declares for a wave, None where there is none; UserError when several do."""
    several = f"several instruments are of wave {wave}; give --instrument FILE"
    return declared_for(wave, INSTRUMENTS_DIR, load_file, several=several)


@lru_cache(maxsize=16)
def load_file(path: Path) -> Instrument:
    """Read one instrument; UserError naming the file and what is wrong in it."""
    place = f"instrument {path.name}"
    text = file_text(path, place)
    if len(text) > _MOST_BYTES:
        raise UserError(f"{place} has {len(text):,} characters, which no questionnaire has")
    return parse(parsed_yaml(text, place, _NoAliases), place)


class _NoAliases(yaml.SafeLoader):
    """A SafeLoader without aliases: a small file could otherwise stand for a huge one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed")
        return super().compose_node(parent, index)


def parse(document: Any, place: str) -> Instrument:
    """An instrument from its parsed YAML; UserError naming `place` and the first thing that is wrong."""
    file = validated(document, _File, place)
    blocks = [block.name for block in file.blocks]
    items: list[Item] = []
    sets: list[ItemSet] = []
    for entry in file.items:
        if entry.block not in blocks:
            raise UserError(
                f"{place} is not valid: item {entry.name} stands in block {entry.block}, which is not listed"
            )
        members = _members(entry, file, len(items), place)
        items += members
        if entry.options:
            kind: Literal["multi", "rank"] = "rank" if entry.kind == "rank" else "multi"
            names = tuple(item.name for item in members)
            sets.append(
                ItemSet(
                    entry.name, kind, tuple(entry.options), names, entry.places, entry.none, _plain_label(entry.label)
                )
            )
    instrument = Instrument(
        name=file.instrument, wave=file.wave, version=file.version, languages=tuple(file.languages),
        blocks=tuple(blocks), items=tuple(items), sets=tuple(sets), ignored=tuple(file.ignore), pages=file.pages,
        break_off=file.break_off, note=file.note,
    )  # fmt: skip
    _check_order(instrument, place)
    return instrument


def _members(entry: _Item, file: _File, position: int, place: str) -> list[Item]:
    """The items of one entry: itself, or one for each option of a set."""
    shared: dict[str, Any] = {
        "block": entry.block, "kind": entry.kind, "universe": entry.universe, "period": entry.period,
        "sensitivity": entry.sensitivity, "statements": tuple(entry.statements), "minimum": entry.minimum,
        "maximum": entry.maximum, "integer": entry.integer, "eligible": tuple(entry.eligible),
    }  # fmt: skip
    if not entry.options:
        values = file.scales.get(entry.values) if isinstance(entry.values, str) else entry.values
        if values is None and entry.values:
            raise UserError(f"{place} is not valid: item {entry.name} uses scale {entry.values}, which is not listed")
        choices = tuple(Choice(code, _label(value), tuple(value.written)) for code, value in (values or {}).items())
        return [
            Item(
                entry.name,
                position,
                label=_plain_label(entry.label),
                values=choices,
                columns=tuple(entry.columns),
                **shared,
            )
        ]
    if entry.kind == "rank":
        ranks = tuple(Choice(place_, {"en": f"place {place_}"}) for place_ in range(1, entry.places + 1))
        choices = (*ranks, Choice(0, {"nl": "niet gerangschikt", "fr": "non classé", "en": "not ranked"}))
    else:
        choices = _TICKS
    return [
        Item(
            f"{entry.name}_{option}", position + at, values=choices, item_set=entry.name, option=option,
            places=entry.places, label=_label(value),
            columns=(*(f"{name}_{option}" for name in entry.columns), *value.written), **shared,
        )
        for at, (option, value) in enumerate(entry.options.items())
    ]  # fmt: skip


def _label(value: _Value) -> dict[str, str]:
    texts = {"nl": value.nl, "fr": value.fr, "en": value.en}
    return {language: text for language, text in texts.items() if text is not None}


def _plain_label(label: Label) -> dict[str, str]:
    return {str(language): text for language, text in label.items()}


def _check_order(instrument: Instrument, place: str) -> None:
    """Names are unique, blocks follow each other, and routing looks back only."""
    names = [item.name for item in instrument.items]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UserError(f"{place} is not valid: two items are called {twice}")
    order = [instrument.blocks.index(item.block) for item in instrument.items]
    if order != sorted(order):
        raise UserError(f"{place} is not valid: items do not stand in the order of their blocks")
    _ = instrument.columns
    for item in instrument.items:
        if item.universe is None:
            continue
        try:
            asked = routing.names(item.universe)
        except routing.RoutingError:
            continue  # evaluated as unknown, and counted
        for name in sorted(asked):
            source = routing.resolve(instrument, name)
            if source is None:
                raise UserError(f"{place} is not valid: the universe of {item.name} asks {name}, which is no item")
            if instrument.by_name[source].position >= item.position:
                raise UserError(f"{place} is not valid: the universe of {item.name} asks {name}, which comes later")
