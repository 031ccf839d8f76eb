"""The questionnaire of a deposit: questions stay, what leads to persons goes, and it is still a structure."""

from lxml import etree

from cryptodrug_assets.buyers.deposit.structure import without_persons
from cryptodrug_assets.buyers.survey.formats.limesurvey_structure import read_structure
from cryptodrug_assets_tests.buyers.survey.kit import files

LSS = files("limesurvey_parts")[0].data


def test_columns_are_the_same() -> None:
    stripped = without_persons(LSS, "a.lss")
    assert read_structure(stripped, "a.lss").columns == read_structure(LSS, "a.lss").columns
    assert without_persons(stripped, "a.lss") == stripped


def test_persons_are_gone() -> None:
    tables = """
 <surveys><rows><row><sid>1</sid><admin>CANARYADMIN</admin><adminemail>canary@example.org</adminemail>
  <bounce_email>canary@example.org</bounce_email><faxto>CANARYFAX</faxto><owner_id>CANARYOWNER</owner_id></row></rows>
 </surveys>
 <surveys_languagesettings><rows><row><surveyls_survey_id>1</surveyls_survey_id><surveyls_title>Buyers</surveyls_title>
  <surveyls_welcometext>Dr. CANARYNAME</surveyls_welcometext><surveyls_email_invite>CANARYMAIL</surveyls_email_invite>
 </row></rows></surveys_languagesettings>
 <tokens><rows><row><email>canary@example.org</email></row></rows></tokens>
 <plugin_settings><rows><row><value>CANARYPLUGIN</value></row></rows></plugin_settings>
"""
    document = LSS.replace(b"</document>", tables.encode() + b"</document>")
    assert document != LSS
    root = etree.fromstring(document)
    row = root.find(".//questions//row")
    help_ = row.find("help")
    if help_ is None:
        help_ = etree.SubElement(row, "help")
    help_.text = "Ask canary@example.org or 0475 12 34 56"
    stripped = without_persons(etree.tostring(root), "a.lss")
    assert b"canary" not in stripped.lower()
    assert b"0475" not in stripped
    assert b"Ask [removed] or [removed]" in stripped
    assert b"Buyers" in stripped
