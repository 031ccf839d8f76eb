"""PGP keys as pages show them: find the blocks, mend the armour, take the fingerprint. Never raises, logs no key."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import pysequoia

_BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_END = "-----END PGP PUBLIC KEY BLOCK-----"
_BLOCK = re.compile(
    r"-{3,5}\s*BEGIN PGP PUBLIC KEY BLOCK\s*-{3,5}(.*?)(?:-{3,5}\s*END PGP PUBLIC KEY BLOCK\s*-{3,5}|\Z)", re.DOTALL
)
_HEADER = re.compile(r"^(version|comment|charset|hash|messageid)\s*:", re.IGNORECASE)
_BASE64 = re.compile(r"^[A-Za-z0-9+/]+={0,2}$")
_CHECKSUM = re.compile(r"^=[A-Za-z0-9+/]{4}$")
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
    if "BEGIN PGP PUBLIC KEY" not in text or len(text) > MAX_KEY:
        return None
    mended = unescape(re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE)).replace("\xa0", " ").replace("\r", "\n")
    first: PageKey | None = None
    for match in _BLOCK.finditer(mended):
        armour = rearmour(match[1])
        if armour is None:
            first = first or PageKey(match[0][:MAX_KEY], None, "no key material")
            continue
        fingerprint = _fingerprint(armour)
        if fingerprint is not None:
            return PageKey(armour, fingerprint, None)
        first = first or PageKey(armour, None, "not a readable key")
    return first


def rearmour(inner: str) -> str | None:
    """Well-formed armour from what stands between the marks: indents, dash escapes, lost blank lines, bad checksums."""
    lines = []
    checksum = None
    for raw in inner.replace("\\n", "\n").split("\n"):
        line = raw.strip().removeprefix("- ").lstrip("> ").strip()
        if not line or _HEADER.match(line):
            continue
        if _CHECKSUM.match(line):
            checksum = line
            continue
        lines += [part for part in line.split(" ") if _BASE64.match(part)]
    data = "".join(lines)
    if len(data) < 40:
        return None
    stripped = data.rstrip("=")
    data = stripped + "=" * (-len(stripped) % 4)
    wrapped = "\n".join(data[start : start + 64] for start in range(0, len(data), 64))
    tail = f"\n{checksum}" if checksum else ""
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
