"""The synthetic wave satisfies everything the study printed, seed after seed, as an independent checker sees it."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cryptodrug_assets.replica.survey.wave import Wave, synthetic_wave
from cryptodrug_assets_tests.conftest import REPOSITORY

CHECKER = REPOSITORY.parent / "shared" / "reference" / "survey" / "check_survey.py"
THEMES = {
    "use_ecstasy": slice(0, 7), "use_cannabis": slice(5, 10), "polydrug": slice(0, 8), "no_rise_frequency": slice(0, 7),
    "not_inclined_to_resell": slice(0, 9), "shares_with_friends": slice(0, 8), "group_buys": slice(4, 7),
    "hard_to_get_offline": slice(1, 5), "price_mdma": slice(0, 4), "professional_description": slice(2, 5),
    "vendor_specialisation": slice(6, 9),
}  # fmt: skip


def _write(wave: Wave, folder: Path) -> None:
    """The survey, and interviews as the checker wants them beside it."""
    (folder / "master.csv").write_text(wave.master_csv(), "utf-8")
    alias = {who: f"I{at:02d}" for at, who in enumerate(wave.interviewees, start=1)}
    tables: dict[str, list[Any]] = {
        "link.csv": [["interview", "respondent"], *([name, who] for who, name in alias.items())],
        "interviews.csv": [["interview", "source_kind", "mode"]]
        + [[name, "SYNTHETIC", ("voice", "text", "person")[at % 3]] for at, name in enumerate(alias.values())],
        "codings.csv": [["interview", "code", "coder", "present"]]
        + [
            [alias[who], code, "A", int(who in wave.interviewees[part])]
            for code, part in THEMES.items()
            for who in wave.interviewees
        ],
    }
    for name, rows in tables.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


@pytest.mark.parametrize("seed", [20191130, 1, 2, 3])
def test_the_independent_checker_passes(seed: int, tmp_path: Path) -> None:
    if not CHECKER.is_file():
        pytest.skip("the independent checker is not on this machine")
    _write(synthetic_wave(seed), tmp_path)
    done = subprocess.run([sys.executable, str(CHECKER), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout


def test_the_wave_is_the_seeds_alone() -> None:
    assert synthetic_wave().master_csv() == synthetic_wave().master_csv()
    assert synthetic_wave().master_csv() != synthetic_wave(1).master_csv()
