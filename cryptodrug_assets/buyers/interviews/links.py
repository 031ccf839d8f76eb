"""Who was interviewed: a list that says of which respondent of the survey each interview is.

It is kept beside the files of the interviews and read into parsed.interview_links, both in the restricted zone; no
table after `parsed` has anything of it. What must hold (each interview is of one respondent of the survey, nobody is
interviewed twice) are the rules of that table's contract.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.interviews.codings import interview_name, is_synthetic
from cryptodrug_assets.buyers.interviews.files import InterviewFile
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

COLUMNS = ("interview", "respondent")
#: What the bytes of a list are called beside those of the interviews.
KEPT_AS = "link-"
_LARGEST = 1_000_000


@dataclass(frozen=True)
class LinkList:
    """The bytes of a list, and what it says: (interview, respondent), in the order of its lines."""

    data: bytes
    pairs: tuple[tuple[str, str], ...]


def open_links(path: Path) -> LinkList:
    """Read a list; UserError in one line for whatever cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{printable(path.name)} is larger than 1 MB; give the list of interviews and respondents")
        data = path.read_bytes()
    except OSError as err:
        raise UserError(f"{printable(str(path))} cannot be read: {err.strerror}; give another --link") from err
    return read_links(data, printable(path.name))


def read_links(data: bytes, place: str) -> LinkList:
    """What a list says: CSV with the columns interview and respondent, no others; `place` is its name in errors.

    Errors say lines, never what stands in them.

    >>> read_links(b"interview,respondent\\nI01.docx,R017\\n", "who.csv").pairs
    (('I01', 'R017'),)
    >>> read_links(b"interview,name\\nI01,Jo\\n", "who.csv")
    Traceback (most recent call last):
    ...
    cryptodrug_assets.errors.UserError: who.csv must have the columns interview,respondent and no others; leave the others out
    """  # noqa: E501 - the error is one line
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        numbered = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except (UnicodeDecodeError, csv.Error) as err:
        raise UserError(f"{place} is no CSV in UTF-8; save it again as one") from err
    lines = [(number, line) for number, line in numbered if any(line)]
    if not lines or tuple(cell.casefold() for cell in lines[0][1]) != COLUMNS:
        raise UserError(f"{place} must have the columns {','.join(COLUMNS)} and no others; leave the others out")
    for number, line in lines[1:]:
        if len(line) != len(COLUMNS) or not all(cell and cell.isprintable() for cell in line):
            raise UserError(f"{place}: line {number} does not name an interview and a respondent; complete it")
    if len(lines) == 1:
        raise UserError(f"{place} names no interview; give a line for each")
    return LinkList(data, tuple((interview_name(interview), respondent) for _, (interview, respondent) in lines[1:]))


def links_frame(links: LinkList | None, files: Sequence[InterviewFile], wave: str) -> pl.DataFrame:
    """parsed.interview_links: a row an interview of the files (respondent null where nobody said), then what else the
    list names."""
    interviews = sorted({interview_name(name) for file in files for name in file.project.interviews()})
    respondents: dict[str, list[str | None]] = defaultdict(list)
    for interview, respondent in links.pairs if links else ():
        respondents[interview].append(respondent)
    others = sorted(set(respondents) - set(interviews))
    rows = [
        (interview, respondent, interview not in others)
        for interview in [*interviews, *others]
        for respondent in respondents.get(interview, [None])
    ]
    contract = contracts.load("parsed", "interview_links")
    frame = pl.DataFrame(rows, schema=["interview_name", "respondent", "in_files"], orient="row").with_columns(
        wave=pl.lit(wave),
        link_number=pl.int_range(1, pl.len() + 1),
        synthetic=pl.lit(all(is_synthetic(file) for file in files)),
    )
    return contracts.conform(frame, contract)
