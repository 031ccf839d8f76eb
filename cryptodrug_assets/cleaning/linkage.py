"""Which vendors of two markets are the same: keys first, then similarity with splink on DuckDB.

Works on restricted values (names, profile texts), returns pseudonymous keys and evidence. Classes: A the same PGP key;
B probable; C possible; nothing else is a link. A public key can be copied and a name imitated: no class is certain.
Sources: Fellegi & Sunter 1969 as implemented by splink; limits and measurements in docs/methods/vendor-linkage.md.
"""

import logging
import re
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
import polars as pl

_LEET = str.maketrans("013457$@!|", "oieastsail")
_AFFIX = re.compile(
    r"^(?:the|dr|mr|mrs|king|real|official|og)(?=[a-z]{4})|(?:official|real|shop|store|nl|uk|us|eu|de|em|dm|ws|x+|\d+)$"
)
# A number behind a name is decoration; a single digit more often stands for a letter.
_NUMBER = re.compile(r"\d{2,}$")
_WORDS = re.compile(r"[a-z0-9]+")
_PRIME = (1 << 61) - 1
_SIGNATURE, _BAND = 64, 4
_BANDS = 10
_TRAINING_SEED = 1
# Recall of "same key" as a rule for finding the same vendor; used for the prior only.
_KEY_RECALL = 0.65


@dataclass(frozen=True)
class LinkOptions:
    """Thresholds on the probability of a link."""

    probable: float = 0.95
    # With two different keys, one of them rotated or one vendor an imitator: more evidence is asked for.
    probable_despite_keys: float = 0.99
    possible: float = 0.5


def skeleton(alias: str) -> str:
    """What remains of a name without case, digits for letters, decoration and usual affixes."""
    plain = "".join(_WORDS.findall(_NUMBER.sub("", alias.lower()).translate(_LEET)))
    before = None
    while plain != before and len(plain) > 4:
        before, plain = plain, _AFFIX.sub("", plain)
    return plain or before or alias.lower()


def signatures(texts: list[str | None]) -> list[str | None]:
    """64 min-hashes of the word pairs of each text, four bits each as a hexadecimal digit; null below five words.

    The share of equal digits estimates (1 + 15 J) / 16, J the Jaccard similarity of the word pairs.
    """
    draw = np.random.default_rng(_TRAINING_SEED)
    factor = draw.integers(1, 2**31, _SIGNATURE, dtype=np.uint64)
    shift = draw.integers(0, 2**31, _SIGNATURE, dtype=np.uint64)
    found: list[str | None] = []
    cache: dict[str, int] = {}
    for text in texts:
        words = _WORDS.findall((text or "").lower())
        if len(words) < 5:
            found.append(None)
            continue
        pairs = {f"{first} {second}" for first, second in pairwise(words)}
        numbers = np.array([cache.setdefault(pair, _stable(pair)) for pair in pairs], dtype=np.uint64)
        least = ((numbers[:, None] * factor + shift) % np.uint64(_PRIME)).min(axis=0)
        found.append("".join(f"{int(value) & 15:x}" for value in least))
    return found


def _stable(text: str) -> int:
    return crc32(text.encode())


def link_vendors(left: pl.DataFrame, right: pl.DataFrame, options: LinkOptions | None = None) -> pl.DataFrame:
    """Links between the vendors of two markets, at most one per vendor in classes A and B.

    Each frame: vendor_key, alias, profile_text, fingerprint (null without a key), country, categories (bit mask of the
    drug classes offered). Gives left, right, link_class, probability, same_name (equal skeletons), key_conflict;
    sorted by class and probability. Needs at least some vendors with the same key to train on.
    """
    options = options or LinkOptions()
    first, second = _features(left), _features(right)
    same_key = _same_key(first, second)
    pairs = _predicted(first, second, _prior(same_key.height, left.height, right.height))
    pairs = pairs.join(
        same_key.select("left", "right", certain=pl.lit(True)), on=["left", "right"], how="full", coalesce=True
    )
    pairs = pairs.with_columns(
        certain=pl.col("certain").fill_null(False), probability=pl.col("probability").fill_null(1.0)
    )
    keys = [side.select("vendor_key", "fingerprint", "skeleton") for side in (first, second)]
    pairs = pairs.join(keys[0], left_on="left", right_on="vendor_key").join(
        keys[1], left_on="right", right_on="vendor_key", suffix="_right"
    )
    conflict = (pl.col("fingerprint") != pl.col("fingerprint_right")).fill_null(False)
    pairs = pairs.with_columns(key_conflict=conflict, same_name=pl.col("skeleton") == pl.col("skeleton_right"))
    needed = pl.when("key_conflict").then(options.probable_despite_keys).otherwise(options.probable)
    pairs = pairs.with_columns(best=_one_to_one(pairs))
    rank = (
        pl.when("certain")
        .then(pl.lit("A"))
        .when(pl.col("best") & (pl.col("probability") >= needed))
        .then(pl.lit("B"))
        .when(pl.col("probability") >= options.possible)
        .then(pl.lit("C"))
    )
    links = pairs.with_columns(link_class=rank).filter(pl.col("link_class").is_not_null())
    return links.select("left", "right", "link_class", "probability", "same_name", "key_conflict").sort(
        "link_class", pl.col("probability").neg(), "left", "right"
    )


def totals(links: pl.DataFrame) -> dict[str, float]:
    """Number of links as A, A+B, A+B+C, and the sum of probabilities (certain keys count as one)."""
    counts = dict(links.group_by("link_class").len().iter_rows())
    a, b, c = (counts.get(name, 0) for name in "ABC")
    expected = links.select(pl.when(pl.col("link_class") == "A").then(1.0).otherwise("probability").sum()).item()
    return {"A": a, "A+B": a + b, "A+B+C": a + b + c, "sum_p": float(expected)}


def _features(vendors: pl.DataFrame) -> pl.DataFrame:
    bones = [skeleton(alias) for alias in vendors["alias"]]
    signs = signatures(vendors["profile_text"].to_list())
    bands = {
        f"band_{number}": [sign and sign[number * _BAND : (number + 1) * _BAND] for sign in signs]
        for number in range(_BANDS)
    }
    return vendors.select(
        "vendor_key", "fingerprint", "country", "categories",
        pl.Series("skeleton", bones), pl.Series("signature", signs, pl.String),
        pl.Series("prefix", [bone[:4] for bone in bones]), pl.Series("suffix", [bone[-5:] for bone in bones]),
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


def _prior(matched: int, left: int, right: int) -> float:
    return max(matched / _KEY_RECALL, 1.0) / max(left * right, 1)


def _predicted(left: pl.DataFrame, right: pl.DataFrame, prior: float) -> pl.DataFrame:
    """Probability of every pair that shares a name part or a piece of text: left, right, probability and evidence."""
    import splink.comparison_library as comparisons
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    database = DuckDBAPI()
    tables = [
        database.register(side.to_arrow(), table_name=name) for side, name in ((left, "a_left"), (right, "b_right"))
    ]
    overlap = "bit_count(categories_l & categories_r)::DOUBLE / nullif(bit_count(categories_l | categories_r), 0)"
    equal = "64 - hamming(signature_l, signature_r)"
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="vendor_key",
        probability_two_random_records_match=prior,
        comparisons=[
            comparisons.JaroWinklerAtThresholds("skeleton", [0.93, 0.85]).configure(term_frequency_adjustments=True),
            _levels("signature", [f"{equal} >= 40", f"{equal} >= 24", f"{equal} >= 14"], "signature"),
            _levels("categories", [f"{overlap} >= 0.99", f"{overlap} >= 0.5"], "categories"),
            comparisons.ExactMatch("country").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("skeleton"), block_on("prefix"), block_on("suffix"),
            *(block_on(f"band_{number}") for number in range(_BANDS)),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=True,
    )  # fmt: skip
    linker = Linker(tables, settings, log_level=logging.ERROR)
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


def _levels(column: str, conditions: list[str], name: str) -> dict[str, object]:
    null = f"{column}_l IS NULL OR {column}_r IS NULL"
    levels: list[dict[str, object]] = [{"sql_condition": null, "label_for_charts": "null", "is_null_level": True}]
    levels += [{"sql_condition": condition, "label_for_charts": condition} for condition in conditions]
    levels.append({"sql_condition": "ELSE", "label_for_charts": "else"})
    return {"output_column_name": name, "comparison_levels": levels}


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
