"""Corrections by people: a table of what a rule got wrong, applied as a rule of its own (`correction`).

Contains the table (a CSV that only grows), its check, and its use on offers and on links of vendors. A correction holds
for the text it was made of: where the offer's title or place changes, it rests, is flagged, and asked again. Keep out:
what deserves a look (the command `review`). Guide: docs/corrections.md.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from pathlib import Path

import polars as pl

from cryptodrug_assets.cleaning.decisions import Decisions
from cryptodrug_assets.cleaning.pseudonyms import Pseudonyms
from cryptodrug_assets.cleaning.titles.drugs import taxonomy
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.reference.regions import ANYWHERE, MORE_COUNTRIES, REGION_COUNTRIES
from cryptodrug_assets.storage.home import write_atomically

FILE = "corrections.csv"
RULE = "correction"
OUTDATED = "correction_of_other_text"
UNKNOWN = "unknown"
_SEPARATOR = "\x1f"
# The text that each field of an offer is read of.
TEXT_OF = {"drug_class": "title", "quantity": "title", "origins": "ships_from", "destinations": "ships_to"}
_KEY = re.compile(r"[0-9a-f]{24}")
_ROLE = re.compile(r"[a-z][a-z /-]{2,39}")
_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) (g|ml|unit)")
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Correction:
    """One line: what (listing, vendor_link), the market, the key, the field, what it was and is, why, who by role,
    when, and the keyed digest of the text that the person saw."""

    what: str
    market: str
    key: str
    field: str
    was: str
    is_: str
    reason: str
    role: str
    date: str
    of_text: str


COLUMNS = tuple("is" if field.name == "is_" else field.name for field in fields(Correction))


def read_corrections(path: Path | None) -> list[Correction]:
    """The corrections in force, in the order they were made: of several of one key and field the latest.

    None, or a file that is not there, gives none. UserError naming the line that cannot be.
    """
    if path is None or not path.exists():
        return []
    found: dict[tuple[str, str, str], Correction] = {}
    for place, cells in rows_of_table(path):
        if tuple(cells) != COLUMNS:
            raise UserError(f"{place}: its columns are {','.join(cells)}; they have to be {','.join(COLUMNS)}")
        correction = correction_of(cells, place)
        key = (correction.what, correction.key, correction.field)
        if key in found and found[key].date > correction.date:
            continue
        found.pop(key, None)
        found[key] = correction
    return list(found.values())


def rows_of_table(path: Path) -> list[tuple[str, dict[str, str]]]:
    """The rows of a CSV, each with its place in words; UserError when it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            # Spreadsheets of half of Europe write semicolons.
            delimiter = ";" if first.count(";") > first.count(",") else ","
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            heading = next(reader, [])
            found = []
            for cells in reader:
                place = f"{path.name} line {reader.line_num}"
                if len(cells) != len(heading):
                    raise UserError(f"{place}: {len(cells)} values instead of {len(heading)}; mend the line")
                found.append((place, dict(zip(heading, cells, strict=True))))
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise UserError(
            f"{path.name} cannot be read as CSV in UTF-8 ({err}); mend it, or restore an earlier copy"
        ) from err


def correction_of(cells: Mapping[str, str], place: str) -> Correction:
    """The correction that a line says, places in the order in which the rules write them; UserError naming the place
    when it cannot be."""
    correction = Correction(*(cells[name].strip() for name in COLUMNS))
    _check(correction, place)
    if correction.field not in ("origins", "destinations"):
        return correction
    return replace(correction, is_=" ".join(sorted(set(correction.is_.split()))))


def _check(correction: Correction, place: str) -> None:
    known = {"listing": TEXT_OF, "vendor_link": {"same_vendor": ""}}.get(correction.what)
    if known is None:
        raise UserError(f"{place}: '{correction.what}' cannot be corrected; write listing or vendor_link")
    if correction.field not in known:
        raise UserError(f"{place}: no field '{correction.field}' of a {correction.what}; there are {', '.join(known)}")
    keys = correction.key.split("+")
    if len(keys) != (2 if correction.what == "vendor_link" else 1) or not all(map(_KEY.fullmatch, keys)):
        raise UserError(f"{place}: '{correction.key}' is no key; take it from the list that `cryptodrug review` writes")
    if why := _wrong_value(correction.field, correction.is_):
        raise UserError(f"{place}: {why}")
    if not 3 <= len(correction.reason) <= _LONGEST_REASON or not correction.reason.isprintable():
        raise UserError(f"{place}: give a reason, in one line of at most {_LONGEST_REASON} characters")
    if not _ROLE.fullmatch(correction.role):
        raise UserError(f"{place}: '{correction.role}' is no role; write a function such as 'researcher', never a name")
    try:
        date.fromisoformat(correction.date)
    except ValueError as err:
        raise UserError(f"{place}: '{correction.date}' is not a day; write it as YYYY-MM-DD") from err
    if correction.what == "listing" and not _KEY.fullmatch(correction.of_text):
        raise UserError(f"{place}: of_text is missing; take the line from the list that `cryptodrug review` writes")


def _wrong_value(field: str, value: str) -> str | None:
    """Why a value cannot be one of the field's, or None."""
    if field == "same_vendor":
        return None if value in ("yes", "no") else f"'{value}' is neither yes nor no"
    if value == UNKNOWN:
        return None
    if field == "quantity":
        return None if _QUANTITY.fullmatch(value) else f"'{value}' is no quantity; write 5 g, 20 unit, 10 ml or unknown"
    if field == "drug_class":
        level1, _, level2 = value.partition("/")
        if (level1, level2 or None) in taxonomy():
            return None
        return (
            f"there is no class '{value}'; write cannabis or nps/synthetic_cannabinoids, as in reference.drug_taxonomy"
        )
    # "Worldwide" says where something goes, not where it comes from.
    tokens = {*REGION_COUNTRIES, *((ANYWHERE,) if field == "destinations" else ())}
    wrong = [code for code in value.split() if code not in tokens and not _is_country(code)]
    return (
        f"'{value}' is no list of places; write codes such as BE NL, a region such as EU, or unknown" if wrong else None
    )


def _is_country(code: str) -> bool:
    import pycountry

    return code.isupper() and (code in MORE_COUNTRIES or pycountry.countries.get(alpha_2=code) is not None)


def add(path: Path, corrections: Sequence[Correction]) -> None:
    """Append corrections to the table; all or none. Whoever saved it with semicolons gets it back with commas."""
    _write(path, [*_lines(path), *map(astuple, corrections)])


def without_vendor(path: Path, vendor_key: str) -> int:
    """Take the lines that link a vendor out of the table; how many there were."""
    lines = _lines(path)
    left = [line for line in lines if vendor_key not in line[COLUMNS.index("key")].split("+")]
    if len(left) < len(lines):
        _write(path, left)
    return len(lines) - len(left)


def _lines(path: Path) -> list[tuple[str, ...]]:
    return [tuple(cells.values()) for _, cells in rows_of_table(path)] if path.exists() else []


def _write(path: Path, lines: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *lines])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.getvalue())
    except OSError as err:
        raise UserError(f"{path} cannot be written: {err.strerror}; nothing was added") from err


def text_digests(offers: pl.DataFrame, column: str, pseudonyms: Pseudonyms) -> pl.Series:
    """Keyed digests of the texts that a field is read of; `ships_to` is a list."""
    text = offers[column].list.join(_SEPARATOR) if offers.schema[column] == pl.List(pl.String) else offers[column]
    return pseudonyms.column("listing", f"{column}|" + text.fill_null(""))


def with_corrections(
    offers: pl.DataFrame, corrections: Sequence[Correction], pseudonyms: Pseudonyms, decisions: Decisions | None = None
) -> pl.DataFrame:
    """Offers (listing_key, title, ships_from, ships_to and what was read of them) as people corrected them.

    Each use is a decision: `altered` by `correction`, or `flagged` where the text is another one than the person saw.
    """
    mine = [correction for correction in corrections if correction.what == "listing"]
    if not mine or offers.is_empty():
        return offers
    for field, column in TEXT_OF.items():
        rows = [(one.key, one.is_, one.of_text) for one in mine if one.field == field]
        if not rows or field not in offers.columns:
            continue
        table = pl.DataFrame(rows, schema=["listing_key", "corrected", "of_text"], orient="row")
        joined = offers.join(table, on="listing_key", how="left", maintain_order="left")
        if not joined["corrected"].null_count() < joined.height:
            continue
        joined = joined.with_columns(now=text_digests(joined, column, pseudonyms), shown=shown(field))
        holds = (pl.col("of_text") == pl.col("now")).fill_null(value=False)
        if decisions is not None:
            changed = joined.filter(holds & (pl.col("shown") != pl.col("corrected")))
            decisions.rows(
                "listings",
                "altered",
                f"{RULE}_{field}",
                changed,
                "listing_key",
                before=pl.col("shown"),
                after=pl.col("corrected"),
            )
            resting = joined.filter(~holds & pl.col("corrected").is_not_null())
            decisions.rows("listings", "flagged", OUTDATED, resting, "listing_key", after=pl.lit(field))
        offers = _with_field(joined, field, holds).select(offers.columns)
    return offers


def shown(field: str) -> pl.Expr:
    """What the rules made of a field, as corrections write it."""
    if field == "drug_class":
        value = pl.concat_str("drug_class", pl.col("drug_subclass"), separator="/", ignore_nulls=True)
        return pl.when(pl.col("drug_class").is_null()).then(pl.lit(UNKNOWN)).otherwise(value)
    if field == "quantity":
        number = pl.col("quantity").round(6).cast(pl.String).str.replace(r"\.0$", "")
        return pl.concat_str(number, "quantity_unit", separator=" ").fill_null(UNKNOWN)
    joined = pl.col(field).list.join(" ")
    return pl.when(joined == "").then(pl.lit(UNKNOWN)).otherwise(joined).fill_null(UNKNOWN)


def _with_field(joined: pl.DataFrame, field: str, holds: pl.Expr) -> pl.DataFrame:
    known = pl.when(pl.col("corrected") != UNKNOWN).then("corrected")
    rule = pl.lit(RULE)
    changes: dict[str, pl.Expr]
    if field == "drug_class":
        parts = known.str.split_exact("/", 1)
        level1 = parts.struct.field("field_0")
        changes = {
            "drug_class": level1,
            "drug_subclass": parts.struct.field("field_1"),
            "class_rule": rule,
            "class_review": pl.lit(value=False),
            "is_drug": (level1 != "not_a_drug").fill_null(value=False),
        }
    elif field == "quantity":
        parts = known.str.split_exact(" ", 1)
        changes = {
            "quantity": parts.struct.field("field_0").cast(pl.Float64),
            "quantity_unit": parts.struct.field("field_1"),
            "price_quantity": pl.lit(None, pl.Float64),
            "quantity_rule": rule,
            "quantity_confidence": pl.when(pl.col("corrected") != UNKNOWN)
            .then(pl.lit("high"))
            .otherwise(pl.lit("low")),
        }
    else:
        codes = (
            pl.when(pl.col("corrected") == UNKNOWN)
            .then(pl.lit([], pl.List(pl.String)))
            .otherwise(pl.col("corrected").str.split(" "))
        )
        kind = (
            pl.when(pl.col("corrected") == UNKNOWN)
            .then(pl.lit(UNKNOWN))
            .when(pl.col("corrected") == "WW")
            .then(pl.lit("worldwide"))
            .when(pl.col("corrected").str.contains(" "))
            .then(pl.lit("list"))
            .when(pl.col("corrected").is_in(list(REGION_COUNTRIES)))
            .then(pl.lit("region"))
            .otherwise(pl.lit("country"))
        )
        changes = {field: codes}
        changes |= (
            {"origin_kind": kind, "n_origins": codes.list.len().cast(pl.Int64)}
            if field == "origins"
            else {"destination_kind": kind}
        )
    return joined.with_columns(
        pl.when(holds).then(value).otherwise(name).alias(name)
        for name, value in changes.items()
        if name in joined.columns
    )


def with_corrected_links(links: pl.DataFrame, corrections: Sequence[Correction]) -> pl.DataFrame:
    """Links of vendors (left, right, link_class and what speaks for them) without those that people denied; those that
    they confirmed are certain, and what spoke for another partner of either side is no more than possible."""
    said = [(*one.key.split("+"), one.is_ == "yes") for one in corrections if one.what == "vendor_link"]
    if not said or links.is_empty():
        return links
    table = pl.DataFrame(said, schema=["left", "right", "confirmed"], orient="row")
    links = links.join(table, on=["left", "right"], how="left", maintain_order="left")
    links = links.filter(pl.col("confirmed").fill_null(value=True))
    sure = pl.col("confirmed").fill_null(value=False)
    taken = links.filter(sure)
    rival = ~sure & (pl.col("left").is_in(taken["left"].implode()) | pl.col("right").is_in(taken["right"].implode()))
    return links.with_columns(
        link_class=pl.when(sure)
        .then(pl.lit("A"))
        .when(rival & (pl.col("link_class") == "B"))
        .then(pl.lit("C"))
        .otherwise("link_class"),
        probability=pl.when(sure).then(1.0).otherwise("probability"),
        evidence=pl.when(sure).then(pl.concat_list("evidence", pl.lit("person"))).otherwise("evidence"),
        possible_imitation=pl.col("possible_imitation") & ~sure,
    ).drop("confirmed")
