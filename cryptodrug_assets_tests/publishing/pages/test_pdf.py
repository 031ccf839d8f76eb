"""The printed report: tagged and archivable, in its language, with its observations attached, the same bytes twice."""

import re
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from cryptodrug_assets.publishing.pages.page import build_report
from cryptodrug_assets.publishing.pages.pdf import ATTACHED, build_pdf
from cryptodrug_assets_tests.publishing.pages.world import observed, others


def test_the_pdf_is_tagged_named_and_holds_its_data() -> None:
    report = build_report(observed(), others(), country="BE", language="nl", synthetic=True)
    made = build_pdf(report)
    reader = PdfReader(BytesIO(made))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "nl-BE" and root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    metadata = reader.xmp_metadata.stream.get_data().decode()  # type: ignore[union-attr]
    assert re.search(r"pdfuaid:part>\s*1", metadata) and re.search(r"pdfaid:part>\s*3", metadata)
    assert reader.metadata is not None and reader.metadata.title == "België in het drugsaanbod van cryptomarkten"
    assert reader.attachments[ATTACHED][0] == observed().write_csv().encode()
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "37 van 62 (60%" in text
    assert "België, verkopen: 12,5% (95%-interval 10,0% – 15,0%)" in text and "SYNTHETIC" in text


def test_what_is_printed_has_no_gradient() -> None:
    """Its colours would be numbers of seven digits: the leak scan cannot tell them from suppressed values."""
    report = build_report(observed(), others(), country="BE", language="fr", synthetic=True)
    drawings = [shown.drawn for section in report.sections for shown in section.findings]
    assert any("<svg" in drawing for drawing in drawings) and not any("Gradient" in drawing for drawing in drawings)
