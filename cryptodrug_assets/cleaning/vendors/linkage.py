"""Which vendors of two markets are the same: keys first, then similarity with splink on DuckDB.

Works on restricted values (names, profile texts), returns pseudonymous keys and evidence. Classes: A the same PGP key;
B probable; C possible; nothing else is a link. A public key can be copied and a name imitated: no class is certain.
Sources: Fellegi & Sunter 1969 as implemented by splink; limits and measurements in docs/methods/vendor-linkage.md.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cryptodrug_assets.cleaning.vendors.similarity import signatures, skeleton

_BAND, _BANDS = 4, 10
_TRAINING_SEED = 1
# Equal digits of two signatures from which texts are called alike: six in ten word pairs shared.
_TEXT_ALIKE = 40
# The chance where nobody shares a key or a name.
_LEAST_PRIOR = 1e-5
# Fewer pairs with the same key teach nothing.
_LEAST_PAIRS = 50
LINK_COLUMNS = (
    "left", "right", "link_class", "probability", "evidence", "same_name", "key_conflict", "possible_imitation",
)  # fmt: skip


@dataclass(frozen=True)
class _Level:
    """How alike two values are: SQL condition, its chance among the same and among any two vendors (learnt on made-up
    markets of 5,000 vendors), and the column whose rarity counts."""

    condition: str
    alike: float
    chance: float
    rarity: str | None = None


_SHARED_CLASSES = "bit_count(categories_l & categories_r)::DOUBLE / nullif(bit_count(categories_l | categories_r), 0)"
_EQUAL_DIGITS = "64 - hamming(signature_l, signature_r)"
_NAME_LIKE = "jaro_winkler_similarity(skeleton_l, skeleton_r)"
_COMPARISONS = {
    "name": (
        # No rarity: a market gives every name once, so all are equally rare.
        _Level("handle_l = handle_r", 0.62, 0.000012),
        _Level("skeleton_l = skeleton_r", 0.13, 0.00005, "skeleton"),
        _Level(f"{_NAME_LIKE} >= 0.93", 0.08, 0.0001),
        _Level(f"{_NAME_LIKE} >= 0.85", 0.05, 0.001),
        _Level("ELSE", 0.12, 0.998838),
    ),
    "text": (
        _Level(f"{_EQUAL_DIGITS} >= {_TEXT_ALIKE}", 0.5, 0.0001),
        _Level(f"{_EQUAL_DIGITS} >= 24", 0.4, 0.0002),
        _Level(f"{_EQUAL_DIGITS} >= 14", 0.08, 0.002),
        _Level("ELSE", 0.02, 0.9977),
    ),
    "categories": (
        _Level(f"{_SHARED_CLASSES} >= 0.99", 0.6, 0.03),
        _Level(f"{_SHARED_CLASSES} >= 0.5", 0.35, 0.1),
        _Level("ELSE", 0.05, 0.87),
    ),
    "country": (_Level("country_l = country_r", 0.9, 0.15, "country"), _Level("ELSE", 0.1, 0.85)),
}
# The column whose absence makes a comparison say nothing.
_TESTED = {"name": "skeleton", "text": "signature"}
_NO_PAIRS = pl.DataFrame(schema={"left": pl.String, "right": pl.String})
# Recall of "same key" as a rule for finding the same vendor; used for the prior only.
_KEY_RECALL = 0.65


@dataclass(frozen=True)
class LinkOptions:
    """Thresholds on the probability of a link."""

    probable: float = 0.95
    # With two different keys, one of them rotated or one vendor an imitator: more evidence is asked for.
    probable_despite_keys: float = 0.99
    possible: float = 0.5


def link_vendors(
    left: pl.DataFrame,
    right: pl.DataFrame,
    options: LinkOptions | None = None,
    attested: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Links between the vendors of two markets, at most one per vendor in classes A and B.

    Each frame: vendor_key, alias, profile_text, fingerprint (null without a key), country, categories (bit mask of the
    drug classes offered; null where only a part of the offers was captured: then classes say nothing). `attested`
    (left, right): pairs that one of the markets vouches for; certain unless both show different keys. Gives left,
    right, link_class, probability, evidence (what speaks for it: key, badge, name, similar_name, text, origin,
    classes), same_name (equal skeletons), key_conflict, possible_imitation (the name without the text, under another
    key); sorted by class and probability. The chances of agreement are learnt from the pairs with the same key; below
    50 of them, those learnt on made-up markets are used.
    """
    options = options or LinkOptions()
    first, second = _features(left), _features(right)
    same_key = _same_key(first, second)
    keyed = same_key.with_columns(by_key=pl.lit(True))
    named = _NO_PAIRS if attested is None else attested.select("left", "right")
    known = keyed.join(
        named.unique().with_columns(by_badge=pl.lit(True)), on=["left", "right"], how="full", coalesce=True
    )
    pairs = _predicted(first, second, same_key).join(known, on=["left", "right"], how="full", coalesce=True)
    pairs = pairs.with_columns(pl.col("by_key", "by_badge").fill_null(False))
    keep = ("vendor_key", "fingerprint", "skeleton", "handle", "signature", "country", "categories")
    for side, frame in (("left", first), ("right", second)):
        pairs = pairs.join(
            frame.select(pl.col(name).alias(f"{name}_{side}") for name in keep),
            left_on=side, right_on=f"vendor_key_{side}", maintain_order="left",
        )  # fmt: skip
    pairs = _compared(pairs).with_columns(
        certain=pl.col("by_key") | (pl.col("by_badge") & ~pl.col("key_conflict")),
        # A badge without an equal name never comes here; with another key it is as good as the best of the others.
        probability=pl.when(pl.col("by_badge") & ~pl.col("by_key"))
        .then(pl.max_horizontal(pl.col("probability").fill_null(0.0), pl.lit(options.probable_despite_keys)))
        .otherwise("probability"),
    )
    pairs = pairs.with_columns(probability=pl.when("certain").then(1.0).otherwise("probability"))
    backed = ~pl.col("key_conflict") | pl.col("text").fill_null(value=False) | pl.col("by_badge")
    needed = pl.when("key_conflict").then(options.probable_despite_keys).otherwise(options.probable)
    pairs = pairs.with_columns(best=_one_to_one(pairs), backed=backed)
    rank = (
        pl.when("certain")
        .then(pl.lit("A"))
        .when(pl.col("best") & pl.col("backed") & (pl.col("probability") >= needed))
        .then(pl.lit("B"))
        .when(pl.col("probability") >= options.possible)
        .then(pl.lit("C"))
    )
    links = pairs.with_columns(link_class=rank).filter(pl.col("link_class").is_not_null())
    return links.select(LINK_COLUMNS).sort("link_class", pl.col("probability").neg(), "left", "right")


def _compared(pairs: pl.DataFrame) -> pl.DataFrame:
    """What speaks for and against each pair, beside its probability."""
    differs = (pl.col("fingerprint_left") != pl.col("fingerprint_right")).fill_null(value=False)
    alike = [
        None if one is None or other is None else sum(a == b for a, b in zip(one, other, strict=True)) >= _TEXT_ALIKE
        for one, other in pairs.select("signature_left", "signature_right").iter_rows()
    ]
    pairs = pairs.with_columns(
        pl.Series("text", alike, pl.Boolean),
        key_conflict=differs,
        same_name=pl.col("skeleton_left") == pl.col("skeleton_right"),
    )
    exact = pl.col("handle_left") == pl.col("handle_right")
    marks = {
        "key": pl.col("by_key"),
        "badge": pl.col("by_badge"),
        "name": exact,
        "similar_name": pl.col("same_name") & ~exact,
        "text": pl.col("text"),
        "origin": pl.col("country_left") == pl.col("country_right"),
        "classes": pl.col("categories_left") == pl.col("categories_right"),
    }
    found = [pl.when(mark.fill_null(value=False)).then(pl.lit(name)) for name, mark in marks.items()]
    return pairs.with_columns(
        evidence=pl.concat_list(found).list.drop_nulls(),
        possible_imitation=differs & exact & ~pl.col("text").fill_null(value=False) & ~pl.col("by_badge"),
    )


def totals(links: pl.DataFrame) -> dict[str, float]:
    """Number of links as A, A+B, A+B+C, and the sum of probabilities (certain keys count as one).

    >>> links = pl.DataFrame({"link_class": ["A", "B"], "probability": [1.0, 0.8]})
    >>> totals(links)
    {'A': 1, 'A+B': 2, 'A+B+C': 2, 'sum_p': 1.8}
    """
    counts = dict(links.group_by("link_class").len().iter_rows())
    a, b, c = (counts.get(name, 0) for name in "ABC")
    expected = links.select(pl.when(pl.col("link_class") == "A").then(1.0).otherwise("probability").sum()).item()
    return {"A": a, "A+B": a + b, "A+B+C": a + b + c, "sum_p": float(expected)}


def _features(vendors: pl.DataFrame) -> pl.DataFrame:
    bones = [skeleton(alias) for alias in vendors["alias"]]
    signs = signatures(vendors["profile_text"].to_list())
    shared = Counter(sign for sign in signs if sign is not None)
    # What several vendors of one market say word for word is a form, and tells nobody from another.
    signs = [sign if sign is not None and shared[sign] == 1 else None for sign in signs]
    bands = {
        f"band_{number}": [sign and sign[number * _BAND : (number + 1) * _BAND] for sign in signs]
        for number in range(_BANDS)
    }
    return vendors.select(
        "vendor_key", "fingerprint", "country", "categories",
        pl.Series("handle", [alias.casefold().strip() for alias in vendors["alias"]], pl.String),
        pl.Series("skeleton", bones, pl.String), pl.Series("signature", signs, pl.String),
        pl.Series("prefix", [bone[:4] for bone in bones], pl.String),
        pl.Series("suffix", [bone[-5:] for bone in bones], pl.String),
        *(pl.Series(name, values, pl.String) for name, values in bands.items()),
    ).sort("vendor_key")  # fmt: skip


def _same_key(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the same key; a key that several vendors of one market show proves nothing."""
    sides = [
        side.filter(pl.col("fingerprint").is_not_null() & (pl.len().over("fingerprint") == 1)).select(
            "fingerprint", vendor="vendor_key"
        )
        for side in (left, right)
    ]
    return sides[0].join(sides[1], on="fingerprint", suffix="_right").select(left="vendor", right="vendor_right")


def _prior(matched: int, left: pl.DataFrame, right: pl.DataFrame) -> float:
    """Chance that any two vendors are one: from the pairs with one key, or, where few show keys, with one name."""
    named = left.join(right, on="handle", suffix="_right")
    differs = (pl.col("fingerprint") != pl.col("fingerprint_right")).fill_null(value=False)
    expected = max(matched / _KEY_RECALL, named.filter(~differs).height)
    return max(expected / max(left.height * right.height, 1), _LEAST_PRIOR)


def _predicted(left: pl.DataFrame, right: pl.DataFrame, same_key: pl.DataFrame) -> pl.DataFrame:
    """Probability of every pair that shares a name part or a piece of text: left, right, probability."""
    nothing = _NO_PAIRS.with_columns(probability=pl.lit(None, pl.Float64))
    if min(left.height, right.height) < 2:
        return nothing
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    database = DuckDBAPI()
    tables = [
        database.register(side.to_arrow(), table_name=name) for side, name in ((left, "a_left"), (right, "b_right"))
    ]
    learn = same_key.height >= _LEAST_PAIRS
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="vendor_key",
        probability_two_random_records_match=_prior(same_key.height, left, right),
        comparisons=[
            _comparison(name, levels, learn)
            for name, levels in _COMPARISONS.items()
            if all(side[_TESTED.get(name, name)].null_count() < side.height for side in (left, right))
        ],
        blocking_rules_to_generate_predictions=[
            block_on("skeleton"), block_on("prefix"), block_on("suffix"),
            *(block_on(f"band_{number}") for number in range(_BANDS)),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=True,
    )  # fmt: skip
    linker = Linker(tables, settings, log_level=logging.ERROR)
    if learn:
        linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=_TRAINING_SEED)
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on("fingerprint"), fix_probability_two_random_records_match=True
        )
    found = linker.inference.predict(threshold_match_probability=0.1)
    # The tables are named so that splink's left is ours.
    pairs: pl.DataFrame = found.as_duckdbpyrelation().pl()
    return pairs.select(left="vendor_key_l", right="vendor_key_r", probability="match_probability").sort(
        "left", "right"
    )


def _comparison(column: str, levels: Sequence[_Level], learn: bool) -> dict[str, object]:
    """A splink comparison; the chances are left out where they are to be learnt."""
    tested = _TESTED.get(column, column)
    made: list[dict[str, object]] = [
        {"sql_condition": f"{tested}_l IS NULL OR {tested}_r IS NULL", "label_for_charts": "null",
         "is_null_level": True}
    ]  # fmt: skip
    for level in levels:
        entry: dict[str, object] = {"sql_condition": level.condition, "label_for_charts": level.condition}
        if level.rarity:
            entry |= {"tf_adjustment_column": level.rarity, "tf_adjustment_weight": 1.0}
        if not learn:
            entry |= {"m_probability": level.alike, "u_probability": level.chance}
        made.append(entry)
    return {"output_column_name": column, "comparison_levels": made}


def _one_to_one(pairs: pl.DataFrame) -> pl.Series:
    """Whether a pair is the best of both its vendors; equal rivals are none."""
    order = pl.when("certain").then(2.0).otherwise("probability")
    ranked = pairs.select("left", "right", score=order)
    best = [
        (pl.col("score") == pl.col("score").max().over(side))
        & ((pl.col("score") == pl.col("score").max().over(side)).sum().over(side) == 1)
        for side in ("left", "right")
    ]
    return ranked.select(best=best[0] & best[1])["best"]
