"""The leak scan: every byte of a release, unpacked as far as it can be, for what must never leave the house.

Looked for are names of vendors, keys and pseudonyms, addresses of hidden services, paths of this machine, suppressed
values. A number leaks where it is a suppressed value rounded to as many digits as it has itself, six or more.
"""

import gzip
import html
import json
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO

import polars as pl

_ONION = re.compile(r"\b[a-z2-7]{16}(?:[a-z2-7]{40})?\.onion\b", re.IGNORECASE)
_ARMOUR = re.compile(r"-----BEGIN PGP")
_PATH = re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp|var/folders|private|mnt)/[\w.-]+")
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:[eE][-+]?\d+)?")
#: What counts as one word: names are looked for whole.
WORD = re.compile(r"[\w.@-]+")
_HEX = re.compile(r"[0-9a-fA-F]{12,}")
_SIGNS = re.compile(r"[.@-]")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
# Of a drawing in a PDF: texts in brackets, and the numbers around them, which are places on the page.
_DRAWN = re.compile(r"\((?:\\.|[^()\\])*\)|-?\d*\.\d+", re.DOTALL)
_LEAST_DIGITS, _MOST_DIGITS = 6, 17
_DEEPEST = 4


@dataclass(frozen=True)
class Needles:
    """What is looked for: `names` as whole words in any case, `texts` anywhere, those that are keys as runs of
    hexadecimal digits, `hidden` numbers.

    `shown` are the numbers of public tables: what is one of these at the digits it is written with tells nothing new.
    """

    names: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    hidden: frozenset[float] = field(default=frozenset(), repr=False)
    shown: frozenset[float] = frozenset()

    @cached_property
    def folded(self) -> frozenset[str]:
        """The names of one word in lower case."""
        return frozenset(name.casefold() for name in self.names if WORD.fullmatch(name))

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """The other names in lower case: of several words, or with signs in them."""
        return tuple(sorted(name.casefold() for name in self.names if not WORD.fullmatch(name)))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys and pseudonyms: there are many, and each is a run of hexadecimal digits."""
        return frozenset(text.casefold() for text in self.texts if _HEX.fullmatch(text))

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The other texts."""
        return tuple(sorted(text for text in self.texts if not _HEX.fullmatch(text)))

    @cached_property
    def rounded(self) -> Mapping[int, frozenset[str]]:
        """The hidden numbers with each number of digits, without what is shown; few digits could be anything."""
        whole = [number for number in self.hidden if _digits(repr(number)) >= _LEAST_DIGITS]
        return {
            digits: _written(whole, digits) - _written(self.shown, digits)
            for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1)
        }


def leaks(files: Mapping[str, bytes], needles: Needles) -> list[str]:
    """Where something of the needles is, a line each: file and kind. What leaked is not repeated."""
    found = []
    for path, data in sorted(files.items()):
        # A line that names the file would repeat it.
        if in_name := list(_kinds(path, needles)):
            found += [f"a file's name: {kind}" for kind in in_name]
            continue
        for place, text in _texts(path, data, 0):
            found += [f"{place}: {kind}" for kind in _kinds(text, needles)]
    return sorted(set(found))


def _kinds(text: str, needles: Needles) -> Iterator[str]:
    if _ONION.search(text):
        yield "an address of a hidden service"
    if _ARMOUR.search(text):
        yield "a key"
    if _PATH.search(text):
        yield "a path of a machine"
    folded = text.casefold()
    if any(other in text for other in needles.others) or not needles.keys.isdisjoint(_HEX.findall(folded)):
        yield "a key, pseudonym or path of the restricted zone"
    if any(phrase in folded for phrase in needles.phrases) or not needles.folded.isdisjoint(words_of(folded)):
        yield "a name of the restricted zone"
    if needles.hidden and any(_is_hidden(token, needles) for token in _NUMBER.findall(text)):
        yield "a suppressed value"


def words_of(text: str) -> set[str]:
    """The words of a text: with the signs within them, without those around them, and their parts.

    >>> sorted(words_of("by a.b@c."))
    ['a', 'a.b@c', 'a.b@c.', 'b', 'by', 'c']
    """
    whole = set(WORD.findall(text))
    signed = [word for word in whole if not word.isalnum()]
    return (
        whole | {word.strip(".@-") for word in signed} | {part for word in signed for part in _SIGNS.split(word)} - {""}
    )


def _is_hidden(token: str, needles: Needles) -> bool:
    digits = min(_digits(token), _MOST_DIGITS)
    return digits >= _LEAST_DIGITS and f"{float(token):.{digits - 1}e}" in needles.rounded[digits]


def _written(numbers: Collection[float], digits: int) -> frozenset[str]:
    return frozenset(f"{number:.{digits - 1}e}" for number in numbers)


def _digits(token: str) -> int:
    """Significant digits as they are written."""
    mantissa = re.split("[eE]", token.lstrip("-"))[0].replace(".", "").lstrip("0")
    return len(mantissa)


def _pdf(place: str, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
    """The deflated streams of a PDF (others were read as they are); of drawings without the places of what is drawn."""
    for found in _STREAM.finditer(data):
        try:
            stream = zlib.decompress(found[1])
        except zlib.error:
            continue
        head = data[data.rfind(b" obj", 0, found.start()) : found.start()]
        if b"/EmbeddedFile" in head or b"/Metadata" in head:
            yield from _texts(place, stream, depth + 1)
        else:
            text = stream.decode("utf-8", "replace")
            yield place, _DRAWN.sub(lambda part: part[0] if part[0].startswith("(") else " ", text)


def _texts(place: str, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
    """What the bytes say: as they are, and as whoever opens them reads them."""
    yield place, data.decode("utf-8", "replace")
    if b"\0" in data:
        yield place, data.decode("utf-16-le", "ignore")
    if depth >= _DEEPEST:
        return
    if data[:4] == b"PAR1":
        yield from _parquet(place, data)
    elif data[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield place, archive.comment.decode("utf-8", "replace")
            for entry in archive.infolist():
                yield place, f"{entry.filename} {entry.comment!r} {entry.extra!r}"
                yield from _texts(f"{place}!{entry.filename}", archive.read(entry), depth + 1)
    elif data[:2] == b"\x1f\x8b":
        yield from _texts(place.removesuffix("z"), gzip.decompress(data), depth + 1)
    elif data[:4] == b"%PDF":
        yield from _pdf(place, data, depth)
    elif place.endswith((".json", ".jsonld")) and b"\\" in data:
        yield place, json.dumps(json.loads(data), ensure_ascii=False)
    elif place.endswith((".xml", ".html", ".svg", ".xhtml", ".atom", ".rels")) and b"&" in data:
        yield place, html.unescape(data.decode("utf-8", "replace"))


def _parquet(place: str, data: bytes) -> Iterator[tuple[str, str]]:
    frame = pl.read_parquet(BytesIO(data))
    yield place, json.dumps(pl.read_parquet_metadata(BytesIO(data)))
    yield place, frame.write_csv()
