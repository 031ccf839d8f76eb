"""From files to tables: every coding (parsed), and what each coder said of each code in each interview (clean).

Types of the frames are those of the contracts parsed.interview_codings and clean.interview_codes.
"""

import json
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.code_list import CodeList, Meaning, meanings
from cryptodrug_assets.buyers.interviews.files import InterviewFile
from cryptodrug_assets.buyers.interviews.model import CodePath, Coding, Source
from cryptodrug_assets.errors import UserError

UNKNOWN_CODER = "unknown"
_ENDINGS = (".txt", ".docx", ".doc", ".odt", ".rtf", ".md", ".pdf", ".htm", ".html")
_KEY_BYTES = 12


def is_synthetic(file: InterviewFile) -> bool:
    """Whether the file says of itself that it is made up."""
    return file.project.name.startswith("SYNTHETIC")


def codings_frame(files: Sequence[InterviewFile], wave: str) -> pl.DataFrame:
    """parsed.interview_codings: one row per coding, in the order of the files."""
    rows = []
    for file in files:
        for number, (interview, source, coding) in enumerate(file.project.codings(), 1):
            shown = source.review is None and coding.start is not None
            rows.append(
                {
                    "wave": wave,
                    "file_sha256": file.sha256,
                    "coding_number": number,
                    "interview_name": interview,
                    "source_name": source.name,
                    "source_kind": source.kind,
                    "code_path": json.dumps(list(coding.code), ensure_ascii=False),
                    "coder_name": coding.coder,
                    "span_start": coding.start if shown else None,
                    "span_end": coding.end if shown else None,
                    "passage": source.passage(coding) if shown else None,
                    "offset_convention": source.convention,
                    "offset_score": source.score,
                    "needs_review": source.review,
                    "synthetic": is_synthetic(file),
                }
            )
    return pl.DataFrame(rows, schema=contracts.load("parsed", "interview_codings").polars_schema)


def interview_key(key: bytes, wave: str, name: str) -> str:
    """Pseudonym of an interview: keyed, of one wave alone, 24 hex digits.

    >>> interview_key(b"k" * 32, "first", "I01") == interview_key(b"k" * 32, "second", "I01")
    False
    """
    digest = blake2b(f"{wave}\0{name}".encode(), key=key, digest_size=_KEY_BYTES, person=b"interview-v1")
    return digest.hexdigest()


def interview_name(name: str) -> str:
    """The name of an interview without the ending of a file, so that programs agree on it."""
    low = name.lower()
    return next((name[: -len(ending)] for ending in _ENDINGS if low.endswith(ending)), name)


@dataclass(frozen=True)
class Matrix:
    """clean.interview_codes, and what whoever imports should be told."""

    frame: pl.DataFrame
    undeclared: tuple[CodePath, ...]
    unused: tuple[str, ...]
    idle: tuple[str, ...]
    unseen: int


@dataclass
class _Record:
    """What is known of an interview and a coder: the paths used, and the code book they could have used."""

    used: set[CodePath]
    book: set[CodePath]
    marks: frozenset[tuple[str, Coding]]


def code_matrix(
    files: Sequence[InterviewFile], wave: str, codes: CodeList | None, *, pseudonym: Callable[[str], str]
) -> Matrix:
    """What each coder said of each code in each interview.

    A coder who coded nothing in an interview said nothing of any code there (not_coded): that is no absence. The same
    holds of codes that are not in the coder's own code book. `pseudonym` gives the key of an interview's name. Raises
    UserError when two files hold different codings of one coder in one interview: two exports of one project.
    """
    records, interviews = _records(files)
    paths = list(dict.fromkeys(path for file in files for path in file.project.codes))
    used = {path for record in records.values() for path in record.used}
    # Levels of the code book that nobody used as a code are headings.
    means = meanings([path for path in paths if path in used or not _is_heading(path, paths)], codes)
    keys = sorted({meaning.code for found in means.values() for meaning in found})
    letters = _letters({coder for _, coder in records})
    reference = codes.reference_coder if codes else None
    rows = []
    synthetic = all(is_synthetic(file) for file in files)
    for interview, coder, code in product(sorted(interviews), letters, keys):
        record = records.get((interview, coder))
        state, counter = _state(code, record, means)
        rows.append(
            {
                "wave": wave,
                "interview_key": pseudonym(interview),
                "code": code,
                "coder": letters[coder],
                "reference_coder": coder is not None and coder == reference,
                "state": state,
                "counter_case": counter,
                "synthetic": synthetic,
            }
        )
    frame = pl.DataFrame(rows, schema=contracts.load("clean", "interview_codes").polars_schema)
    listed = {coder for file in files for coder in file.project.coders}
    active = {coder for _, coder in records}
    declared = [declared.code for declared in codes.codes] if codes else []
    return Matrix(
        frame=frame,
        undeclared=tuple(path for path, found in means.items() if not found[0].declared),
        unused=tuple(code for code in declared if code not in keys),
        idle=tuple(sorted(coder for coder in listed if coder not in active)),
        unseen=sum((interview, coder) not in records for interview, coder in product(interviews, letters)),
    )


def _records(files: Sequence[InterviewFile]) -> tuple[dict[tuple[str, str | None], _Record], set[str]]:
    records: dict[tuple[str, str | None], _Record] = {}
    interviews: set[str] = set()
    for file in files:
        grouped: dict[tuple[str, str | None], list[tuple[Source, Coding]]] = {}
        interviews |= {interview_name(name) for name in file.project.interviews()}
        for name, source, coding in file.project.codings():
            grouped.setdefault((interview_name(name), coding.coder), []).append((source, coding))
        book = set(file.project.codes)
        for key, items in grouped.items():
            marks = frozenset((interview_name(source.name), coding) for source, coding in items)
            used = {coding.code for _, coding in items}
            earlier = records.get(key)
            if earlier is not None and earlier.marks != marks:
                raise UserError(
                    f"{file.name} and another file hold different codings of one coder in one interview: two exports of"
                    " one project; give the latest alone"
                )
            records[key] = _Record(used, book | (earlier.book if earlier else set()), marks)
    return records, interviews


def _is_heading(path: CodePath, paths: Iterable[CodePath]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _letters(coders: set[str | None]) -> dict[str | None, str]:
    """A letter for every coder, by the order of their names; `unknown` where the file does not say who coded."""
    named = sorted(coder for coder in coders if coder is not None)
    alphabet = [*string.ascii_uppercase, *("".join(pair) for pair in product(string.ascii_uppercase, repeat=2))]
    if len(named) > len(alphabet):
        raise UserError(f"the files have {len(named)} coders; are their users those of a whole server?")
    letters: dict[str | None, str] = dict(zip(named, alphabet, strict=False))
    if None in coders:
        letters[None] = UNKNOWN_CODER
    return letters


def _state(code: str, record: _Record | None, means: dict[CodePath, list[Meaning]]) -> tuple[str, bool | None]:
    """(present, absent, not_asked or not_coded; whether a counter-case was marked, null where that cannot be said)."""
    roles: dict[str, set[CodePath]] = {"present": set(), "counter": set(), "not_asked": set()}
    for path, found in means.items():
        for meaning in found:
            if meaning.code == code:
                roles[meaning.role].add(path)
    if record is None or not roles["present"] & record.book:
        return "not_coded", None
    counter = bool(roles["counter"] & record.used) if roles["counter"] & record.book else None
    if roles["present"] & record.used:
        return "present", counter
    if roles["not_asked"] & record.used:
        return "not_asked", None
    return "absent", counter
