"""What counts as one character, and which differences between characters do not count."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields

from ocrpipe.errors import ConfigError

PLAIN = 0x300
"""Below the first combining mark every code point is a character of its own (Unicode Standard Annex 29, table 2)."""

LINE = "\n"
SPACE = " "
SPACES = (SPACE, LINE)
"""Characters that are no glyph's."""


def clusters(text: str) -> list[str]:
    r"""Return a text's grapheme clusters: what a reader takes for one character (Unicode Standard Annex 29).

    Raises
    ------
    ConfigError
        If the text holds characters that may combine, and the package that knows how is not installed.

    Examples
    --------
    >>> clusters("naïve")
    ['n', 'a', 'ï', 'v', 'e']
    >>> [len(cluster) for cluster in clusters("e\u0301!")]
    [2, 1]
    """
    if text.isascii() or ord(max(text)) < PLAIN:
        return list(text)
    try:
        import regex
    except ImportError as error:
        raise ConfigError(
            "a text with characters that may combine is counted by the package regex: pip install 'ocrpipe[eval]'"
        ) from error
    found: list[str] = regex.findall(r"\X", text)
    return found


@dataclass(frozen=True)
class Folding:
    """Differences that do not count.

    Characters are always compared composed (NFC), spaces at the ends of lines and empty lines never count, and a run
    of spaces counts as one.

    Parameters
    ----------
    case
        Capitals count as small letters.
    spaces
        Spaces and line breaks do not count as characters. Words are parted by them all the same.
    punctuation
        Punctuation does not count.
    long_s
        The long s counts as s, and ligatures as their letters.

    Examples
    --------
    >>> "".join(Folding(case=True, punctuation=True).fold("Well,  DONE!")[0])
    'well done'
    """

    case: bool = False
    spaces: bool = False
    punctuation: bool = False
    long_s: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What does not count, for a report."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def counted(self, text: str) -> list[str]:
        """Return the characters of `text` that count, as they are compared."""
        characters = self.fold(text)[0]
        return [one for one in characters if one not in SPACES] if self.spaces else characters

    def fold(self, text: str) -> tuple[list[str], list[int]]:
        """Return the characters of `text` as they are compared, and where in `text` each begins.

        Spaces and line breaks are among them even where they do not count, for they part words.
        """
        known: dict[str, tuple[str, ...]] = {}
        kept: list[str] = []
        starts: list[int] = []
        gap, gap_at, at = "", 0, 0
        for cluster in clusters(text):
            if cluster not in known:
                known[cluster] = tuple(self.of(cluster))
            for character in known[cluster]:
                if character in (SPACE, LINE):
                    gap, gap_at = max(gap, character, key=(SPACE, LINE).index) if gap else character, at
                    continue
                if gap and kept:
                    kept.append(gap)
                    starts.append(gap_at)
                gap = ""
                kept.append(character)
                starts.append(at)
            at += len(cluster)
        return kept, starts

    def of(self, cluster: str) -> Iterator[str]:
        """Yield the characters that a cluster counts as: one, none, or a ligature's several."""
        if cluster.isspace():
            yield LINE if cluster.splitlines() == [""] else SPACE
            return
        folded = unicodedata.normalize("NFC", cluster)
        if self.long_s:
            folded = unicodedata.normalize("NFC", LONG_S.get(folded, folded))
        if self.case:
            folded = unicodedata.normalize("NFC", folded.casefold())
        for character in clusters(folded):
            if not (self.punctuation and unicodedata.category(character[0]).startswith("P")):
                yield character


LONG_S = {
    "\u017f": "s",
    "\u1e9e": "SS",
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
"""Old letter forms and what they stand for."""
