"""The study behind a wave: unknown duties are said, answers beyond their last day are an error."""

from datetime import date

from cryptodrug_assets.buyers.survey import study


def test_duties() -> None:
    declared = study.of_wave("2019")
    assert declared is not None and declared.respondents == 99
    assert declared.duties(date(2030, 1, 1)) == ("not stated: approval, legal basis, retention date", False)
    ethics = study.Ethics(approval="a", legal_basis="b", retention_until=date(2029, 12, 31))
    kept = declared.model_copy(update={"ethics": ethics})
    assert kept.duties(date(2029, 12, 31)) == ("kept until 2029-12-31", False)
    assert kept.duties(date(2030, 1, 1))[1]
    assert study.of_wave("1999") is None
