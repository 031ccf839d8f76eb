"""Failures of the machine, not of the program, each in one line: disk, rights, memory, databases.

They may surface anywhere, wrapped by whatever library was writing. What was committed before is whole in every case.
"""

import errno
from collections.abc import Iterator

_FULL = ("no space left on device", "database or disk is full", "disk quota exceeded")
_RIGHTS = ("attempt to write a readonly database", "unable to open database file", "permission denied",
           "operation not permitted", "read-only file system")  # fmt: skip
_DAMAGED = ("file is not a database", "database disk image is malformed", "no such table", "no such column")
_CODES = {
    errno.ENOSPC: _FULL[0], errno.EDQUOT: _FULL[2], errno.EACCES: _RIGHTS[2], errno.EPERM: _RIGHTS[3],
    errno.EROFS: _RIGHTS[4],
}  # fmt: skip
_DATABASE = ("sqlite3", "sqlalchemy")
_AGAIN = "what was committed is whole, run the same command again afterwards"


def in_a_line(error: BaseException) -> str | None:
    """The failure in words with what to do; None when it is none of those known, which is a fault of the program."""
    chain = list(_chain(error))
    texts = [_CODES.get(link.errno or 0, "") if isinstance(link, OSError) else str(link) for link in chain]
    modules = {type(link).__module__.partition(".")[0] for link in chain}
    places = [str(link.filename) for link in chain if isinstance(link, OSError) and link.filename]
    found = text_in_a_line(" ".join(texts), database=bool(modules & set(_DATABASE)), place=next(iter(places), None))
    if found is None and any(isinstance(link, MemoryError) for link in chain):
        return f"there is not enough memory; close something or set CRYPTODRUG_PARSE_WORKERS to 1, {_AGAIN}"
    return found


def text_in_a_line(text: str, *, database: bool, place: str | None = None) -> str | None:
    """The same of what an error said; `database` says that a database of the runs was at work."""
    text = text.lower()
    where = f" ({place})" if place else ""
    if any(words in text for words in _FULL):
        return f"the disk is full{where}; free some space, {_AGAIN}"
    if database and "disk i/o error" in text:
        return f"the disk refuses the record of runs (dagster/ of the home folder); free some space there, {_AGAIN}"
    if database and any(words in text for words in _DAMAGED):
        return (
            "the record of runs (databases under dagster/ of the home folder) is damaged; move that folder away, the"
            " tables are not in it, and run the same command again"
        )
    if any(words in text for words in _RIGHTS):
        return (
            f"this may not be written or read{where}; look at its rights, or set CRYPTODRUG_HOME to a folder of yours"
        )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what led to it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
