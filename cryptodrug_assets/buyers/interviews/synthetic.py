"""The made-up interviews as a project, so that they come in as every other: through a file and its reader."""

from collections.abc import Sequence

from cryptodrug_assets.buyers.interviews.model import Case, Coding, Project, Source
from cryptodrug_assets.replica.interviews import CODERS, SyntheticInterview

NAME = "SYNTHETIC interviews"


def synthetic_project(interviews: Sequence[SyntheticInterview], *, origin: str = "cryptodrug replica") -> Project:
    """A project of two coders with a case an interview; its only variable is the mode of the interview."""
    sources = tuple(
        Source(
            one.name,
            text=one.text,
            codings=tuple(Coding(passage.path, passage.coder, passage.start, passage.end) for passage in one.passages),
        )
        for one in interviews
    )
    codes = dict.fromkeys(coding.code for source in sources for coding in source.codings)
    cases = tuple(Case(one.name, (one.name,), (("mode", one.mode),)) for one in interviews)
    return Project(NAME, origin, "refi", CODERS, tuple(sorted(codes)), sources, cases)
