"""Files of coding programs as these write them, for the tests of readers and of hostile files."""

import io
import sqlite3
import zipfile
from collections.abc import Sequence

QUALCODER = """
CREATE TABLE project (databaseversion text, date text, memo text, about text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text);
CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, color text);
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer,
  owner text, date text, memo text, avid integer, important integer);
CREATE TABLE code_image (imid integer primary key, id integer, x1 integer, cid integer, owner text);
CREATE TABLE cases (caseid integer primary key, name text, memo text, owner text);
CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer);
CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer);
INSERT INTO project VALUES ('v11', '', '', '');
INSERT INTO code_cat VALUES (1, 'Top', '', '', '', NULL), (2, 'Middle', '', '', '', 1);
INSERT INTO code_name VALUES (1, 'Leaf', '', 2, '', ''), (2, 'Alone', '', NULL, '', '');
INSERT INTO source VALUES (1, 'I01.txt', 'Ja 🔒 wel.
Nee, één.', NULL, '', ''), (2, 'photo.png', NULL, '/images/photo.png', '', '');
INSERT INTO code_text VALUES (1, 1, 1, 'wel.', 5, 9, 'Ann', '', '', NULL, 0),
  (2, 2, 1, 'één', 15, 18, 'Bob', '', '', NULL, 0), (3, 9, 1, 'Ja', 0, 2, 'Bob', '', '', NULL, 0);
INSERT INTO code_image VALUES (1, 2, 0, 1, 'Ann');
INSERT INTO cases VALUES (1, 'Case one', '', ''), (2, 'Case two', '', '');
INSERT INTO case_text VALUES (1, 1, 1, 0, 20), (2, 2, 2, 0, 0);
INSERT INTO attribute VALUES (1, 'mode', 'case', 'voice', 1), (2, 'size', 'file', '9', 1);
"""

TAGUETTE = """
CREATE TABLE projects (id integer primary key, name text);
CREATE TABLE documents (id integer primary key, name text, project_id integer, contents text);
CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer, end_offset integer,
  snippet text);
CREATE TABLE tags (id integer primary key, project_id integer, path text, description text);
CREATE TABLE highlight_tags (highlight_id integer, tag_id integer);
CREATE TABLE commands (id integer primary key, user_login text, project_id integer, document_id integer, payload text);
INSERT INTO documents VALUES (1, 'Talk', 1, '<p>Één <b>slot</b>.</p><p>Twee &amp; drie</p>');
INSERT INTO highlights VALUES (1, 1, 6, 10, '<b>slot</b>'), (2, 1, 18, 22, '<p>drie</p>'), (3, 1, 0, 5, '<p>Één</p>');
INSERT INTO tags VALUES (1, 1, 'use.mdma', ''), (2, 1, 'price', '');
INSERT INTO highlight_tags VALUES (1, 1), (2, 1), (2, 2);
"""


def database(script: str, *more: tuple[str, Sequence[object]]) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.executescript(script)
    for statement, values in more:
        connection.execute(statement, values)
    connection.commit()
    return connection.serialize()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


TEXT = "Één 🔒 slot.\r\nTwee woorden, hier. Klaar 🙂!"

NVIVO = """<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="p" origin="NVivo 12">
 <Users><User guid="{1}" name="Ann"/><User guid="2" name="Bob"/></Users>
 <CodeBook><Codes><Code guid="AA" name="Top" isCodable="false"><Code guid="bb" name="Leaf" isCodable="true"/></Code>
 </Codes></CodeBook>
 <Sources><TextSource guid="s1" name="Talk" plainTextPath="FILE">
  <PlainTextSelection guid="x" startPosition="7" endPosition="12" creatingUser="1"><Coding guid="y"><CodeRef targetGUID="{BB}"/></Coding></PlainTextSelection>
  <PlainTextSelection guid="x2" startPosition="19" endPosition="26"><Coding guid="y2" creatingUser="2"><CodeRef targetGUID="aa"/></Coding></PlainTextSelection>
  <PlainTextSelection guid="x3" startPosition="34" endPosition="39"><Coding guid="y3" creatingUser="2"><CodeRef targetGUID="bb"/></Coding><Coding guid="y4" creatingUser="1"><CodeRef targetGUID="zz"/></Coding></PlainTextSelection>
  <PlainTextSelection guid="x4" startPosition="1" endPosition="two"><Description>a note, no coding</Description></PlainTextSelection>
 </TextSource>
 <PDFSource guid="s2" name="Scan"><PDFSelection guid="p" page="1" firstX="1" firstY="1" secondX="2" secondY="2"><Coding guid="q" creatingUser="1"><CodeRef targetGUID="bb"/></Coding></PDFSelection></PDFSource>
 <PictureSource guid="s3" name="Photo"><PictureSelection guid="p3" firstX="1" firstY="1" secondX="2" secondY="2"><Coding guid="q3" creatingUser="1"><CodeRef targetGUID="bb"/></Coding></PictureSelection></PictureSource>
 </Sources><Sets/></Project>"""  # noqa: E501
