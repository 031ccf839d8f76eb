# ruff: noqa: E501 - rows of facts
"""Two made-up markets whose vendors partly are the same people; who is who is known."""

import random
from hashlib import sha1

import polars as pl

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
_WORDS = [
    first + middle + last for first in ("st", "qu", "fr", "pa", "le", "or", "ship", "test") for middle in ("a", "o", "i", "e")
    for last in ("alth", "der", "nt", "sure", "cket", "ding", "ly", "mer", "x", "ton", "ver", "ss")
]  # fmt: skip
_COUNTRIES = ["US"] * 26 + ["GB"] * 16 + ["DE"] * 15 + ["NL"] * 14 + ["AU"] * 6 + ["CA"] * 6 + ["FR"] * 5 + ["BE"] * 2


def _name(draw: random.Random) -> str:
    name = "".join(draw.choice(_CONSONANTS) + draw.choice(_VOWELS) for _ in range(draw.randint(3, 5)))
    return name.capitalize() + draw.choice(["", "", draw.choice(_CONSONANTS)])


_FORMS = [" ".join(random.Random(number).choices(_WORDS, k=9)) for number in range(60)]


def _text(draw: random.Random, forms: bool = False) -> str:
    """Words of one's own, or mostly sentences that many vendors copy from each other."""
    if forms:
        return " ".join([*draw.sample(_FORMS, draw.randint(2, 6)), *draw.choices(_WORDS, k=draw.randint(0, 15))])
    return " ".join(draw.choice(_WORDS) for _ in range(draw.randint(25, 70)))


def _changed_alias(draw: random.Random, name: str) -> str:
    kind = draw.random()
    if kind < 0.52:
        return name
    if kind < 0.62:
        return name.upper()
    if kind < 0.72:
        return name + draw.choice(["Shop", "NL", "_UK", "Official", "420"])
    if kind < 0.80:
        return name.replace("e", "3").replace("o", "0").replace("i", "1")
    if kind < 0.92:
        place = draw.randrange(1, len(name) - 1)
        return name[:place] + draw.choice(_CONSONANTS) + name[place + 1 :]
    return _name(draw)


def _changed_text(draw: random.Random, text: str) -> str:
    words = text.split()
    for _ in range(int(len(words) * draw.uniform(0, 0.25))):
        words[draw.randrange(len(words))] = draw.choice(_WORDS)
    return " ".join(words) + (" " + _text(draw)[:60] if draw.random() < 0.3 else "")


def _key(draw: random.Random) -> str:
    return sha1(str(draw.random()).encode(), usedforsecurity=False).hexdigest().upper()


def vendor_world(
    seed: int, size: int = 5000, shared: int = 1500, imitators: int = 150, *, forms: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame, set[tuple[str, str]]]:
    """The vendors of two markets and the true links: aliases 52 % the same, else case, affix, leet, typo or new; keys
    lacking for some, rotated for 22 %; imitators take a name and some of the text, not the key; 4 % have a namesake.
    `forms`: their texts consist mostly of sentences that many vendors use."""
    draw = random.Random(seed)
    left = [
        {"alias": _name(draw), "profile_text": _text(draw, forms), "fingerprint": _key(draw) if draw.random() < 0.93 else None,
         "country": draw.choice(_COUNTRIES), "categories": sum(1 << draw.randrange(14) for _ in range(draw.randint(1, 4)))}
        for _ in range(size)
    ]  # fmt: skip
    right = []
    for number in range(size):
        if number < shared:
            old = left[number]
            rotated = draw.random() < 0.22
            key = _key(draw) if rotated else old["fingerprint"]
            right.append(
                {"alias": _changed_alias(draw, str(old["alias"])), "profile_text": _changed_text(draw, str(old["profile_text"])),
                 "fingerprint": key if draw.random() < 0.85 else None,
                 "country": old["country"] if draw.random() < 0.9 else draw.choice(_COUNTRIES),
                 "categories": old["categories"] if draw.random() < 0.6 else int(str(old["categories"])) | 1 << draw.randrange(14)}
            )  # fmt: skip
            continue
        fresh = {"alias": _name(draw), "profile_text": _text(draw, forms), "fingerprint": _key(draw) if draw.random() < 0.85 else None,
                 "country": draw.choice(_COUNTRIES), "categories": 1 << draw.randrange(14) | 1 << draw.randrange(14)}  # fmt: skip
        model = left[draw.randrange(shared, size)]
        if number < shared + imitators:
            fresh["alias"] = model["alias"]
            words = str(model["profile_text"]).split()
            fresh["profile_text"] = (
                " ".join(words[: len(words) * draw.choice((1, 3)) // 4]) + " " + str(fresh["profile_text"])
            )
        elif draw.random() < 0.04:
            fresh["alias"] = model["alias"]
        right.append(fresh)
    frames = []
    for side, rows in (("l", left), ("r", right)):
        keys = [f"{side}{number:05d}" for number in range(size)]
        frame = pl.DataFrame(rows, schema_overrides={"categories": pl.Int64}).with_columns(
            pl.Series("vendor_key", keys)
        )
        frames.append(frame.sample(fraction=1, shuffle=True, seed=seed))
    return frames[0], frames[1], {(f"l{number:05d}", f"r{number:05d}") for number in range(shared)}
