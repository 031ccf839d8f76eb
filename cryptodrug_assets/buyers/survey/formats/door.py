"""The door: bytes come in bounded, text is decoded, XML without entities, archives without tricks, no persons.

Everything here raises UserError: one line with cause and next step.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptodrug_assets.buyers.survey.formats.export import SourceColumn
from cryptodrug_assets.buyers.survey.model import column_key
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable

#: Megabytes that a file, and all that an archive unpacks to, may have; `--max-mb` raises it.
MOST_MB = 64
_MOST_MEMBERS = 2_000
_MB = 1_000_000
_PERSON = {
    "ip",
    "ipaddress",
    "ipaddr",
    "ipadres",
    "adresseip",
    "useragent",
    "browser",
    "email",
    "emailaddress",
    "mail",
    "emailadres",
    "emailadresse",
    "adressemail",
    "adresseemail",
    "adresseelectronique",
    "recipientemail",
    "recipientfirstname",
    "recipientlastname",
    "firstname",
    "lastname",
    "name",
    "fullname",
    "surname",
    "voornaam",
    "achternaam",
    "naam",
    "prenom",
    "nom",
    "nomdefamille",
    "respondentname",
    "username",
    "token",
    "accesscode",
    "toegangscode",
    "codedacces",
    "locationaccuracy",
    "locationlatitude",
    "locationlongitude",
    "latitude",
    "longitude",
    "geolocation",
    "gps",
    "geopoint",
    "location",
    "refurl",
    "referrer",
    "referrerurl",
    "referer",
    "refererurl",
    "verwijzendeurl",
    "urlreferente",
    "phone",
    "phonenumber",
    "telephone",
    "telefoon",
    "deviceid",
    "imei",
    "subscriberid",
    "simserial",
    "simid",
    "devicephonenum",
    "externalreference",
    "externaldatareference",
    "submittedby",
    "geolocationlatitude",
    "address",
    "adres",
    "adresse",
    "birthdate",
    "dateofbirth",
    "geboortedatum",
    "ssn",
    "nationalid",
    "rijksregisternummer",
    "metainfobrowser",
    "metainfoversion",
    "metainfooperatingsystem",
}
_PERSON_ENDS = ("latitude", "longitude", "geolocation", "ipaddress", "useragent", "emailaddress")
_ATTRIBUTE = re.compile(r"attribute\d+")
HOW_WITHOUT = (
    "export again without them (LimeSurvey: anonymised responses, no token fields; Qualtrics: anonymize responses;"
    " REDCap: remove identifier fields; KoBo: leave the field out)"
)


@dataclass(frozen=True)
class File:
    """A file as it came: its name (for messages), its bytes."""

    name: str
    data: bytes

    @property
    def shown(self) -> str:
        """The name as a terminal may show it."""
        return printable(self.name)


def read_file(path: Path, most_mb: int = MOST_MB) -> File:
    """The bytes of a file; UserError when it is none or too large."""
    try:
        if not path.is_file():
            raise UserError(f"{path.name}: there is no such file; give the files that the platform exported")
        size = path.stat().st_size
        if size > most_mb * _MB:
            raise UserError(
                f"{path.name} has {size / _MB:.0f} MB, more than the {most_mb} allowed; --max-mb raises that for a file"
                " of your own"
            )
        return File(path.name, path.read_bytes())
    except OSError as err:
        raise UserError(f"{path.name} cannot be read: {err.strerror}; check its rights") from err


def decode(file: File) -> str:
    """The text of a file: UTF-8 or UTF-16 with a mark, UTF-8, else Windows-1252; UserError for bytes of no text."""
    data = file.data
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as err:
            raise UserError(f"{file.shown} is torn: its UTF-16 ends in the middle; export it again") from err
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise UserError(f"{file.shown} holds bytes that are no text; export it again as CSV in UTF-8")
    return text


def unzip(file: File, most_mb: int = MOST_MB) -> dict[str, bytes]:
    """Members of an archive by name, read into memory under one bound; nothing is unpacked to a disk."""
    members: dict[str, bytes] = {}
    left = most_mb * _MB
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_MEMBERS:
                raise UserError(f"{file.shown} holds {len(entries):,} files, which no survey archive does")
            for entry in entries:
                parts = re.split(r"[/\\]", entry.filename)
                if ".." in parts or entry.filename.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", entry.filename):
                    raise UserError(
                        f"{file.shown} names a file outside itself ({printable(entry.filename[:60])}); it was not made"
                        " by a survey platform, do not open it"
                    )
                if entry.is_dir():
                    continue
                if entry.flag_bits & 1:
                    raise UserError(f"{file.shown} is encrypted; export it again without a password")
                if entry.filename in members:
                    raise UserError(f"{file.shown} holds {printable(entry.filename[:60])} twice; export it again")
                with archive.open(entry) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise UserError(
                        f"{file.shown} unpacks to more than {most_mb} MB; --max-mb raises that for a file of your own"
                    )
                members[entry.filename] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError,
            RuntimeError, MemoryError, UnicodeError) as err:  # fmt: skip
        raise UserError(f"{file.shown} is a torn archive ({' '.join(str(err).split())[:80]}); export it again") from err
    return members


def xml_rows(data: bytes, name: str, *, wanted: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """(name, element) of the wanted elements as they end, freed after use; entities and document types are refused."""
    from lxml import etree

    if re.search(rb"<!(DOCTYPE|ENTITY)", data, re.IGNORECASE) or re.search(
        rb"<\x00?!\x00?D\x00?O\x00?C\x00?T", data, re.IGNORECASE
    ):
        raise UserError(
            f"{printable(name)} declares a document type or entities, which no survey platform writes; refused"
        )
    tags = tuple(wanted)
    try:
        events = etree.iterparse(
            io.BytesIO(data), events=("end",), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=True, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for _, element in events:
            yield element.tag, element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except (etree.LxmlError, SyntaxError, ValueError) as err:
        raise UserError(
            f"{printable(name)} is torn or no XML ({' '.join(str(err).split())[:80]}); export it again"
        ) from err


def is_person(name: str) -> bool:
    """Whether a column of that name holds what leads to a person, in the ways platforms and languages write it.

    >>> is_person("IP-adres"), is_person("LocationLatitude"), is_person("age")
    (True, True, False)
    """
    key = column_key(name.rsplit("/", maxsplit=1)[-1])
    return key in _PERSON or key.endswith(_PERSON_ENDS) or bool(_ATTRIBUTE.fullmatch(key))


def refuse_persons(columns: Iterable[SourceColumn]) -> tuple[tuple[SourceColumn, ...], tuple[str, ...]]:
    """The columns without those of persons that hold nothing, and the names of these.

    Raises UserError naming the columns of persons that hold something; no value of them is looked at further.
    """
    kept: list[SourceColumn] = []
    emptied: list[str] = []
    held: list[str] = []
    for column in columns:
        if not (column.personal or is_person(column.name) or any(is_person(name) for name in column.other_names)):
            kept.append(column)
        elif (column.values.fill_null("").str.strip_chars() != "").any():
            held.append(printable(column.name))
        else:
            emptied.append(column.name)
    if held:
        raise UserError(f"columns of persons are refused: {', '.join(held[:12])}; {HOW_WITHOUT}")
    return tuple(kept), tuple(emptied)
