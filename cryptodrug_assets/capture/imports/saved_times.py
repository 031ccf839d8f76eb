"""The capture time of a saved page, read from the name of its file or folder."""

import re
from datetime import UTC, datetime
from pathlib import Path

from cryptodrug_assets.observation import UserError

_DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}", "M": r"\d{2}", "S": r"\d{2}",
    "j": r"\d{3}", "b": r"[A-Za-z]{3}", "B": r"[A-Za-z]+",
}  # fmt: skip
# Unmistakable without a pattern: 2018-11-30, 2018-11-30T23-59-00 and the like, and the archives' 20181130235900.
_COMMON = (
    (re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}[T_ -]\d{2}[-:.]?\d{2}[-:.]?\d{2}(?!\d)"), "%Y%m%d%H%M%S"),
    (re.compile(r"(?<!\d)(?:19|20)\d{12}(?!\d)"), "%Y%m%d%H%M%S"),
    (re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)"), "%Y%m%d"),
)


class NameClock:
    """Reads times from names: by a pattern such as `dream_%d.%m.%Y_%H%M`, or the common forms without one.

    >>> NameClock().read(Path("dream/2018-11-30T235900/page.html")).isoformat()
    '2018-11-30T23:59:00+00:00'
    >>> NameClock("dream_%d.%m.%Y").read(Path("dream_05.12.2018.html")).isoformat()
    '2018-12-05T00:00:00+00:00'
    """

    def __init__(self, pattern: str | None = None) -> None:
        self._forms = [(_compiled(pattern), pattern)] if pattern else list(_COMMON)
        self._given = pattern is not None

    def read(self, path: Path) -> datetime | None:
        """The time (UTC) in the path's last fitting part; None when no part holds one."""
        for part in reversed(path.parts):
            for form, pattern in self._forms:
                for text in reversed(form.findall(part)):
                    try:
                        digits = text if self._given else re.sub(r"\D", "", text)
                        return datetime.strptime(digits, pattern).replace(tzinfo=UTC)
                    except ValueError:
                        continue  # digits that are no date
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression; UserError when it cannot give a day."""
    parts, used = [], set()
    for literal, directive in re.findall(r"([^%]+)|%(.?)", pattern):
        if literal:
            parts.append(re.escape(literal))
        elif directive in _DIRECTIVES:
            parts.append(_DIRECTIVES[directive])
            used.add(directive)
        else:
            raise UserError(
                f"'%{directive}' in a name pattern is not known; use {' '.join('%' + d for d in _DIRECTIVES)}"
            )
    if not (used & {"Y", "y"} and ("j" in used or ("d" in used and used & {"m", "b", "B"}))):
        raise UserError(f"the name pattern '{pattern}' gives no day; it needs a year, month and day, such as %Y-%m-%d")
    return re.compile(rf"(?<!\d){''.join(parts)}(?!\d)")
