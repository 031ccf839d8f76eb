"""Makes cleaning/places/ordinary_words.py from word lists: words as near to a place name as a misspelling.

    python scripts/ordinary_words.py american-english-large british-english-large dutch french ngerman

Made from the lists of Debian 12 (wamerican-large and wbritish-large 2020.12.07-2, wdutch 2.20.19-2, wfrench 1.2.7-2,
wngerman 20161207-11), one word a line. Words made from the name itself ("albanian", "berliner") are meant as the place;
which of them are not, and which others are, was decided by reading the list: the two sets below.
"""
# ruff: noqa: SIM905 - lists of words read better as a text

import re
import sys
from pathlib import Path

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from cryptodrug_assets.cleaning.places import phrases, spelling

NOT_MEANT = frozenset(
    """
    alberda albert alberte alberti alberto alberts albertz americana americanisa americanise americanism anguille
    argentions argentique argentite athena athenea athenee aussi australe australoid barbare barceloneta basely
    bavarda bayer bayera bernee bernes bernez brasillent breme bremes brugel bruggen brugges brune brunel brunet
    brusse brussee brusselers brussen bulgari butane butans butant cameron cameroons canaris chicano chiles chilis
    chinai chinat chinee chiner chines chinez colognes colombe colombin colombine colombines comorees dominic
    dominical dominicale dominicaux dominick dominics dominiques ecossa ecossee ecosser ecosses ecossez eritreas
    essend essene essens essent essenz finlandisa finlandisai finlandisas finlandisat finlandise florences florid
    franc franca frances franche francina francis francisa francje franck francke franco francs frankfurter gambier
    gambiet gambir gambit george georgina germane germant grecisa grenade grenader grenades grenage guineas haarle
    hollandweg hongre hongree hongriez hongroie hungrig hungry indient indier islander italic jerseys jordans
    kamerkoren keule koreas leedst libera liberai libier liegee liegen lieges lillen louvai louvais louvait malaise
    malaisee maleise maltai maltas maltat malted maltee malten malter maltes maltet maltez maurices maurine maurizio
    milans monacos mongolisme mongoloide munched munches namens namurs nigers nordies nordis norgel oceanic oceanide
    panamas parish polens portor portos renne rennen renner rennet reunions roemende romana romanca russig russige
    scandinavist schengenland schweif schweig schwein servi service serviel servier servies serviet serviez servil
    servile servir servis servit shanghaied slovende slovenlier souda soudai soudain soudas soudat spaniel state
    stated stater staters statewide surina surinai surinas surinat sweder tilbury touloupe turing turins turkeys
    turkise vaticane victorian victorians victorie walesa wallonisme washingtonia wenend
    """.split()
)
MEANT = frozenset(
    """
    atheens belgae belge belgen byelorussia caledonien cariben chechia filippines franse globaal globale guayana
    guiana guyaan internationalem internationalen internationaler internationales internationaux jordaan kaledonien
    kanaaleiland kanaries kirghistan kirgistan kirgistans lateinamerika lichtenstein macedoine makedonien maladives
    mauritaanse mondiaal mondiale montpelier napels neurenberg nikaragua nikaraguas nordafrika ozeanien palastina
    palastinas roumaine salomoneninseln schanghai schanghais schottland schottlands serbe serben sjanghai slowenen
    tadzhikistan texans tschechen vatikan weltweite weltweitem weltweiten weltweiter weltweites wereldwijde
    """.split()
)
_TARGET = Path(spelling.__file__).with_name("ordinary_words.py")
_CHUNK = 20_000


def words_of(files: list[Path]) -> list[str]:
    """The words of the lists in plain lower-case letters, without those that are names of places."""
    names = {phrase[0] for found in phrases.place_phrases().values() for phrase, _ in found if len(phrase) == 1}
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    plain = {phrases.fold(line).lower().removesuffix("'s") for line in lines}
    return sorted(word for word in plain if re.fullmatch(r"[a-z]{5,19}", word) and word not in names)


def near_words(words: list[str]) -> dict[str, tuple[str, ...]]:
    """Those that would be read as a misspelt place, and as which."""
    targets = sorted({name for name, _ in phrases.single_words()} | {"worldwide"})
    found = {}
    for begin in range(0, len(words), _CHUNK):
        part = words[begin : begin + _CHUNK]
        distances = process.cdist(part, targets, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)
        for number in np.flatnonzero((distances <= 3).any(axis=1)):
            codes = spelling.near_name(part[number])
            if codes:
                found[part[number]] = codes
    return found


def made_from_name(word: str, codes: tuple[str, ...]) -> bool:
    """Whether a word begins like a name of the place: a form of it."""
    names = [name for name, meant in phrases.single_words() if meant == codes]
    return codes != ("WW",) and any(
        word.startswith(name[: max(5, len(name) - 2)]) and len(word) >= len(name) - 1 for name in names
    )


def main(files: list[Path]) -> None:
    """Write the module."""
    near = near_words(words_of(files))
    ordinary = {word for word, codes in near.items() if word in NOT_MEANT or not made_from_name(word, codes)} - MEANT
    lines, line = [], "   "
    for word in sorted(ordinary):
        if len(line) + len(word) + 1 > 118:
            lines.append(line)
            line = "   "
        line += f" {word}"
    text = "\n".join([*lines, line])
    _TARGET.write_text(
        '"""Words of English, Dutch, French and German that look like a misspelt place and are none.\n\n'
        'Made by scripts/ordinary_words.py; not to be edited by hand.\n"""\n'
        "# ruff: noqa: SIM905 - a list of a thousand words reads better as a text\n\n"
        f'ORDINARY = frozenset(\n    """\n{text}\n    """.split()\n)\n',
        "utf-8",
    )


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
