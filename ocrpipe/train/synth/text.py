"""Words to write where no text is given."""

from __future__ import annotations

import numpy as np

from ocrpipe.errors import ConfigError

__all__ = ["WORDS", "random_lines"]

_WORDS = """
able about above after again before better black blue book box bread bridge brown budget call car change check city
class clean coffee cold color cook cream dance data dinner doctor door dream drink early east eight engine exact
exam extra family fast field final fish five fix flight food forest fox fresh friday friend funny future game garden
gift glass goal graph great green group happy heavy hello help home house idea index jacket january jar jazz job
join juice july jump june just keep key kind king kitchen know large lazy learn lemon letter light list little lunch
make market math meeting milk mix model monday money move music never next night north number office only open
orange page paper park people phone pizza plan play point power project puzzle question queue quick quiet quit quiz
quote rain read ready red river road room salt school score seven ship simple six size sleep small snow soup south
space spring square star start stop story sugar summer sunday system table tax team test text thank think time today
train tree trust tuesday under value very video visit voice walk warm water wave week west white window winter word
work world write year yellow young zebra zero zone zoom expect beyond journey advice oxygen buzz wax fixed joke
major object enjoy subject taxi exit luxury relax prize frozen the and for you not are but all was one our out day
get has him how man new now old see two way who did its let put say she too use
"""

WORDS = tuple(_WORDS.split())
"""Common English words, in small letters."""


def random_lines(rng: np.random.Generator, width: float, number: int, capitals: bool = True, without: str = "") -> str:
    """Return lines of random words, with numbers among them.

    Parameters
    ----------
    rng : numpy.random.Generator
    width : float
        How many characters a line has at most.
    number : int
        How many lines.
    capitals : bool
        Whether all is written in capitals.
    without : str
        Characters that must not occur.

    Raises
    ------
    ConfigError
        If no word is left without those.

    Examples
    --------
    >>> print(random_lines(np.random.default_rng(3), width=20, number=2))
    2 PRIZE SIMPLE TREE
    MOVE NEXT ZEBRA
    """
    banned = set(without)
    every = [word.upper() if capitals else word for word in WORDS]
    words = [word for word in every if not banned & set(word)]
    digits = "".join(sorted(set("0123456789") - banned))
    if not words:
        raise ConfigError("no word can be written with the signs that are there: give a --text")
    lines = []
    for _ in range(number):
        line = ""
        while True:
            if digits and rng.random() < 0.15:
                word = "".join(rng.choice(list(digits), int(rng.integers(1, 5))).tolist())
            else:
                word = str(rng.choice(words))
            if line and (len(line) + 1 + len(word) > width or rng.random() < 0.08):
                break
            line = f"{line} {word}".strip()
        lines.append(line)
    return "\n".join(lines)
