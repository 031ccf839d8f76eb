"""All files of the synthetic wave by platform: what the round trip reads, and what the demo imports."""

from collections.abc import Callable
from pathlib import Path

from cryptodrug_assets.replica.survey import forms, limesurvey, qualtrics
from cryptodrug_assets.replica.survey.wave import Wave

Files = dict[str, bytes]
#: Files of one export by its name; each entry is what a person would download from the platform.
EXPORTS: dict[str, Callable[[Wave], Files]] = {
    "limesurvey_lsa": lambda wave: {"survey.lsa": limesurvey.lsa(wave)},
    "limesurvey_parts": lambda wave: {
        "survey.lss": limesurvey.lss(wave.questionnaire).encode(),
        "responses.lsr": limesurvey.lsr(wave).encode(),
    },
    "limesurvey_csv_codes": lambda wave: {"results-codes.csv": limesurvey.csv_codes(wave)},
    "limesurvey_csv_full": lambda wave: {"results-full.csv": limesurvey.csv_full(wave)},
    "limesurvey_csv_full_fr": lambda wave: {"resultats.csv": limesurvey.csv_full(wave, "fr")},
    "limesurvey_r": limesurvey.r_files,
    "limesurvey_spss": limesurvey.spss_files,
    "qualtrics_legacy": lambda wave: {"legacy.csv": qualtrics.responses(wave, "legacy")},
    "qualtrics_2016": lambda wave: {"of-2016.csv": qualtrics.responses(wave, "2016")},
    "qualtrics_today": lambda wave: {"today.csv": qualtrics.responses(wave, "today")},
    "qualtrics_unanswered_marked": lambda wave: {
        "marked.csv": qualtrics.responses(wave, "today", mark_unanswered=True)
    },
    "qualtrics_qsf": lambda wave: {
        "survey.qsf": qualtrics.qsf(wave.questionnaire),
        "responses.csv": qualtrics.responses(wave),
    },
    "spss_sav": lambda wave: {"survey.sav": forms.sav(wave)},
    "kobo_csv": lambda wave: {"form.xlsx": forms.xlsform(wave.questionnaire), "submissions.csv": forms.kobo_csv(wave)},
    "kobo_xlsx": lambda wave: {
        "form.xlsx": forms.xlsform(wave.questionnaire),
        "submissions.xlsx": forms.kobo_xlsx(wave),
    },
    "kobo_csv_alone": lambda wave: {"submissions.csv": forms.kobo_csv(wave)},
    "redcap": lambda wave: {
        "dictionary.csv": forms.redcap_dictionary(wave.questionnaire),
        "data.csv": forms.redcap_data(wave),
    },
}


def write_export(wave: Wave, name: str, folder: Path) -> list[Path]:
    """Write the files of one export into a folder; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file, data in EXPORTS[name](wave).items():
        paths.append(folder / file)
        paths[-1].write_bytes(data)
    return paths
