"""PGP keys as pages show them: find the blocks, mend the armour, take the fingerprint. Never raises, logs no key."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import pysequoia

_BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_END = "-----END PGP PUBLIC KEY BLOCK-----"
# Editors turn two or three hyphens into one dash.
_DASHES = "[-\u2010-\u2015\u2212]{1,5}"
_BLOCK = re.compile(
    rf"{_DASHES}\s*BEGIN\s+PGP\s+PUBLIC\s+KEY\s+BLOCK\s*{_DASHES}"
    rf"(.*?)(?={_DASHES}\s*(?:END|BEGIN)\s+PGP|\Z)",
    re.DOTALL,
)
_HEADER = re.compile(r"^(version|comment|charset|hash|messageid)\s*:", re.IGNORECASE)
_BASE64 = re.compile(r"^[A-Za-z0-9+/]+={0,2}$")
_CHECKSUM = re.compile(r"^=[A-Za-z0-9+/]{4}$")
# The first letters of a key's first packet (old and new packet headers, versions 4 and 6), for armour on one line.
_DATA = re.compile(r"(?:mQ|mI|mD|xs|xj|xo|xm)[A-Za-z0-9+/]{38}[A-Za-z0-9+/\s]*={0,2}(?:\s*=[A-Za-z0-9+/]{4})?")
_LONG_LINE = 100
MAX_KEY = 200_000


@dataclass(frozen=True)
class PageKey:
    """The key on a page: mended armour, fingerprint (upper-case hex) or None with the reason it could not be read."""

    armour: str
    fingerprint: str | None
    reason: str | None


@lru_cache(maxsize=64)
def page_key(text: str) -> PageKey | None:
    """The first readable key in a text, else the first that looks like one, else None."""
    if "PUBLIC" not in text or len(text) > MAX_KEY:
        return None
    mended = unescape(re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)).replace("\xa0", " ").replace("\r", "\n")
    first: PageKey | None = None
    for match in _BLOCK.finditer(mended):
        armour = rearmour(match[1])
        if armour is None:
            first = first or PageKey(match[0].strip(), None, "no key material")
            continue
        fingerprint = _fingerprint(armour)
        if fingerprint is not None:
            return PageKey(armour, fingerprint, None)
        first = first or PageKey(armour, None, "not a readable key")
    return first


def rearmour(inner: str) -> str | None:
    """Well-formed armour from what stands between the marks: indents, dash escapes, lost line ends, bad checksums."""
    lines: list[str] = []
    checksum = None
    for raw in inner.replace("\\n", "\n").split("\n"):
        line = raw.strip().removeprefix("- ").lstrip("> ").strip()
        if _HEADER.match(line):
            # Where line ends were lost, the key stands behind its own header.
            found = _DATA.search(line) if len(line) > _LONG_LINE else None
            line = found[0] if found else ""
        words = line.split()
        if checksum or (lines and len(words) > 1 and len(line) < _LONG_LINE):
            # The key is over: what follows is a text whose words would pass for data.
            break
        for word in words:
            if _CHECKSUM.match(word):
                checksum = word
                break
            if _BASE64.match(word):
                lines.append(word)
            elif len(word) > _LONG_LINE and (found := _DATA.search(word)):
                # All line ends gone: data and checksum are one word.
                lines += found[0].split()
    data = "".join(lines)
    if "=" in data.rstrip("="):
        data, _, rest = data.partition("=")
        checksum = checksum or f"={rest.lstrip('=')[:4]}"
    if len(data) < 40:
        return None
    stripped = data.rstrip("=")
    data = stripped + "=" * (-len(stripped) % 4)
    wrapped = "\n".join(data[start : start + 64] for start in range(0, len(data), 64))
    tail = f"\n{checksum}" if checksum and _CHECKSUM.match(checksum) else ""
    return f"{_BEGIN}\n\n{wrapped}{tail}\n{_END}\n"


def _fingerprint(armour: str) -> str | None:
    for candidate in (armour, re.sub(r"\n=[A-Za-z0-9+/]{4}\n", "\n", armour)):
        try:
            certificates = pysequoia.Cert.split_bytes(candidate.encode())
        except Exception:  # noqa: BLE001, S112  the library raises what it likes; a broken key is a fact, not a failure
            continue
        if certificates:
            return str(certificates[0].fingerprint).upper()
    return None
