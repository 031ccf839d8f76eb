"""From the tables of a wave and of the markets to the joint display, the scorecard on buyers, and their public part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from cryptodrug_assets import contracts
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.storage.store import TableStore

if TYPE_CHECKING:
    from cryptodrug_assets.buyers.triangulation.propositions import JointDisplay

#: Tables of the wave that are read; what was not imported is not there.
OF_WAVE = (
    "parsed/survey_items",
    "clean/answers",
    "indicators/survey_estimates",
    "indicators/survey_estimates_public",
    "clean/interview_codes",
    "indicators/interview_themes",
)
#: Tables of the markets that the rules declared today name: the asset graph shows these.
MARKETS = ("shipping_window", "transaction_sizes_window", "specialisation_window", "shocks")


@dataclass(frozen=True)
class Strands:
    """What there is of a wave ("layer.table") and of the markets (table name), and what is to be asked of them."""

    display: "JointDisplay"
    of_wave: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    markets: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    synthetic: bool = False
    resamples: int = 1000

    @property
    def empty(self) -> bool:
        """Whether the wave has neither survey nor interviews."""
        return not self.of_wave

    def joint_display(self) -> pl.DataFrame:
        """indicators.joint_display: what the strands say of each proposition, and together."""
        from cryptodrug_assets.buyers.triangulation.strands import display_of_strands

        return display_of_strands(
            self.display,
            answers=self.of_wave.get("clean.answers"),
            estimates=self.of_wave.get("indicators.survey_estimates"),
            themes=self.of_wave.get("indicators.interview_themes"),
            markets=self.markets,
            synthetic=self.synthetic,
            resamples=self.resamples,
        )


def read(store: TableStore, wave: str) -> Strands:
    """The tables of the wave, and those of the markets that its rules name, as far as they are there.

    Raises UserError where no propositions are declared, or a rule names a table there cannot be.
    """
    from cryptodrug_assets.buyers.triangulation.propositions import load_joint_display
    from cryptodrug_assets.buyers.wave_tables import rows_of_wave

    display = load_joint_display(wave)
    held = {name: rows_of_wave(store, name, wave) for name in (name.replace("/", ".") for name in OF_WAVE)}
    known = {contract.table for contract in contracts.all_contracts() if contract.layer == "indicators"}
    if unknown := sorted(display.market_tables - known):
        raise UserError(f"joint_display of wave {wave} names the table {unknown[0]}, which there is not")
    markets = {
        table: store.read("indicators", table)
        for table in sorted(display.market_tables)
        if store.exists("indicators", table)
    }
    files = [rows_of_wave(store, name, wave) for name in ("raw.survey_files", "raw.interview_files")]
    marks = [rows["synthetic"].any() for rows in files if rows is not None]
    if markets and store.exists("raw", "captures"):
        marks.append(store.read("raw", "captures", columns=["synthetic"])["synthetic"].any())
    # Whatever is made with something made up is SYNTHETIC.
    return Strands(
        display, {name: rows for name, rows in held.items() if rows is not None}, markets, synthetic=any(marks)
    )


def triangulate(strands: Strands) -> dict[str, pl.DataFrame]:
    """joint_display, study_scorecard_buyers, and their public variants."""
    from cryptodrug_assets.buyers.disclosure.words import public_joint_display
    from cryptodrug_assets.study.buyers_scorecard import buyers_scorecard, public_scorecard

    held, display = strands.of_wave, strands.display
    joint = strands.joint_display()
    card = buyers_scorecard(
        display.wave,
        answers=held.get("clean.answers"),
        themes=held.get("indicators.interview_themes"),
        synthetic=strands.synthetic,
    )
    return {
        "joint_display": joint,
        "study_scorecard_buyers": card,
        "joint_display_public": public_joint_display(joint, display, held.get("indicators.survey_estimates_public")),
        "study_scorecard_buyers_public": public_scorecard(card),
    }
