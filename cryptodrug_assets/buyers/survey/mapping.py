"""Which column of a file is which item: by key, never by place; a column that no item claims is an error."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cryptodrug_assets.buyers.survey.formats.export import Export, SourceColumn
from cryptodrug_assets.buyers.survey.model import Instrument, Item, ItemSet, column_key
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

_PLACE = re.compile(r"^(?:rank|rang|ranking)?(\d{1,2})(st|nd|rd|th)?(choice|place)?$")
_SHOWN = 12


@dataclass(frozen=True)
class ColumnMap:
    """Columns by item; columns of whole sets (unsplit multi-response, rankings by place); what was left out."""

    direct: Mapping[str, SourceColumn]
    whole: Mapping[str, SourceColumn]
    places: Mapping[str, Mapping[int, SourceColumn]]
    ignored: tuple[str, ...] = ()
    absent: tuple[str, ...] = field(default=())


def map_columns(export: Export, instrument: Instrument) -> ColumnMap:
    """The columns of an export mapped onto the instrument; UserError naming those that no item claims."""
    direct: dict[str, SourceColumn] = {}
    whole: dict[str, SourceColumn] = {}
    places: dict[str, dict[int, SourceColumn]] = {}
    ignored: list[str] = []
    unmapped: list[str] = []
    labels = _labels(instrument)
    for column in export.columns:
        names = (column.name, *column.other_names)
        if any(_is_ignored(name, instrument) for name in names) or column.type == "*":
            ignored.append(column.name)
        elif item := _item_of(column, names, instrument, labels):
            if item in direct:
                raise UserError(
                    f"columns {printable(direct[item].name)} and {printable(column.name)} are both item {item}; put"
                    " one of them under `ignore` in the instrument"
                )
            direct[item] = column
        elif place := _place_of(names, instrument):
            places.setdefault(place[0].name, {})[place[1]] = column
        elif one := next((s for s in instrument.sets if column_key(s.name) in map(column_key, names)), None):
            whole[one.name] = column
        else:
            unmapped.append(column.name)
    if unmapped:
        raise UserError(
            f"{len(unmapped)} of {len(export.columns)} columns are no item of instrument {instrument.name}:"
            f" {', '.join(printable(name[:40]) for name in unmapped[:_SHOWN])}; add them to its items, to `columns` of"
            " an item, or to `ignore`"
        )
    for name in set(whole) | set(places):
        if any(member in direct for member in instrument.set_of[name].members):
            # Boxes and the list of codes say the same; the boxes say it one by one.
            ignored += [whole.pop(name).name] if name in whole else []
            ignored += [column.name for column in places.pop(name, {}).values()]
    covered = set(direct) | {member for name in (*whole, *places) for member in instrument.set_of[name].members}
    absent = tuple(item.name for item in instrument.items if item.name not in covered)
    if len(absent) > len(instrument.items) / 2:
        raise UserError(
            f"{len(absent)} of the {len(instrument.items)} items of instrument {instrument.name} are not in the file"
            f" ({', '.join(absent[:4])}, …); is it the instrument of this wave?"
        )
    return ColumnMap(direct, whole, places, tuple(ignored), absent)


def _is_ignored(name: str, instrument: Instrument) -> bool:
    return any(
        fnmatchcase(name.casefold(), pattern.casefold())
        or ("*" not in pattern and column_key(name) == column_key(pattern))
        for pattern in instrument.ignored
    )


def _labels(instrument: Instrument) -> dict[str, str | None]:
    """Item by the key of its label in each language, with its set's before; None where two items have one label."""
    found: dict[str, str | None] = {}
    for item in instrument.items:
        for language, text in item.label.items():
            set_label = instrument.set_of[item.item_set].label.get(language, "") if item.item_set else ""
            key = column_key(f"{set_label}{text}")
            found[key] = item.name if found.get(key, item.name) == item.name else None
    return found


def _item_of(
    column: SourceColumn, names: Iterable[str], instrument: Instrument, labels: Mapping[str, str | None]
) -> str | None:
    """The item of a column: by its names, by option and text in a set, or by the whole label in any language."""
    keys = [column_key(name) for name in names]
    for key in keys:
        if key in instrument.columns:
            return instrument.columns[key]
    last = column_key(re.split(r"\s[-–:]\s", column.text)[-1]) if column.text else ""
    for one in instrument.sets:
        stem = column_key(one.name)
        # `purpose_3` with the text "… - friends"; a column of free text beside an option is none of them.
        if last and any(key.startswith(stem) and key[len(stem) :].isdigit() for key in keys):
            for name in one.members:
                item = instrument.by_name[name]
                if last in {column_key(text) for text in item.label.values()}:
                    return name
    return next((found for key in (*keys, column_key(column.text)) if key and (found := labels.get(key))), None)


def _place_of(names: Iterable[str], instrument: Instrument) -> tuple[ItemSet, int] | None:
    """A ranking and its place, where a column holds the option of that place."""
    for name in names:
        key = column_key(name)
        for one in instrument.sets:
            if one.kind != "rank":
                continue
            for stem in (column_key(one.name), *(column_key(text) for text in one.label.values())):
                if key.startswith(stem) and (match := _PLACE.match(key[len(stem) :])):
                    return one, int(match[1])
    return None


def option_of(text: str, one: ItemSet, members: Mapping[str, Item], column: SourceColumn) -> str | None:
    """The member of a set that a token means: an option's name, label, or the file's own code for it."""
    wanted = {column_key(text), column_key(column.labels.get(text, ""))} - {""}
    for option, name in zip(one.options, one.members, strict=True):
        item = members[name]
        if wanted & {column_key(option), *(column_key(label) for label in item.label.values())}:
            return name
        if wanted & {column_key(written) for written in item.columns}:
            return name
    return None
