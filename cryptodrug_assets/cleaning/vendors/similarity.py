"""What is compared of vendors' names and texts: skeletons of names, min-hash signatures of texts. No linkage here."""

import re
from itertools import pairwise
from zlib import crc32

import numpy as np

_LEET = str.maketrans("013457$@!|", "oieastsail")
_AFFIX = re.compile(
    r"^(?:the|dr|mr|mrs|king|real|official|og)(?=[a-z]{4})|(?:official|real|shop|store|nl|uk|us|eu|de|em|dm|ws|x+|\d+)$"
)
# A number behind a name is decoration; a single digit more often stands for a letter.
_NUMBER = re.compile(r"\d{2,}$")
_WORDS = re.compile(r"[a-z0-9]+")
_PRIME = (1 << 61) - 1
_SIGNATURE = 64
_SEED = 1


def skeleton(alias: str) -> str:
    """What remains of a name without case, digits for letters, decoration and usual affixes.

    >>> skeleton("Green_Le4f_Official"), skeleton("greenleaf")
    ('greenleaf', 'greenleaf')
    """
    plain = "".join(_WORDS.findall(_NUMBER.sub("", alias.lower()).translate(_LEET)))
    before = None
    while plain != before and len(plain) > 4:
        before, plain = plain, _AFFIX.sub("", plain)
    return plain or before or alias.lower()


def signatures(texts: list[str | None]) -> list[str | None]:
    """64 min-hashes of the word pairs of each text, four bits each as a hexadecimal digit; null below five words.

    The share of equal digits estimates (1 + 15 J) / 16, J the Jaccard similarity of the word pairs.

    >>> same, alike, short = signatures(["we ship every day from the low lands"] * 2 + ["hello"])
    >>> same == alike, len(same), short
    (True, 64, None)
    """
    draw = np.random.default_rng(_SEED)
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
