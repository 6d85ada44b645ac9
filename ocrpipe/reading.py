"""What a classifier says of one crop, and what it wants a crop to be."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Level = Literal["glyph", "word", "line"]
"""How large a piece of text is, from the finest."""

LEVELS: tuple[Level, ...] = ("glyph", "word", "line")
"""The levels, the finest first."""

Confidence = Annotated[float, Field(ge=0, le=1, description="how sure, 0..1; null where the engine does not say")]


Text = Annotated[str, StringConstraints(min_length=0)]
"""Any text but half surrogate pairs, which no file can hold: it is the constraint that makes pydantic look."""


class Model(BaseModel):
    """What all models of a page share: they never change, and refuse fields and numbers that JSON would lose."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, all of it checked again.

        Examples
        --------
        >>> Alternative(text="O", confidence=0.6).replace(text="0").text
        '0'
        """
        return type(self)(**{**dict(self), **changes})


class Alternative(Model):
    """One text that a crop may show.

    Parameters
    ----------
    text
        The text; empty means that the crop shows no text.
    confidence
        How sure, 0..1, or None if unknown.
    """

    text: Text
    confidence: Confidence | None = None


class Span(Model):
    """A word or character within the crop of a longer text.

    Parameters
    ----------
    text
        The text, without spaces at its ends.
    x0, x1
        Where it starts and ends in the crop, pixels from its left edge.
    confidence
        How sure, 0..1, or None if unknown.
    """

    text: Text
    x0: float
    x1: float
    confidence: Confidence | None = None


class Reading(Model):
    """What was read in one crop.

    Parameters
    ----------
    text
        The text; empty means: no letter, and the region is dropped.
    confidence
        How sure, 0..1, or None if unknown; never an invented 1.
    alternatives
        What else it may be, best first, the text itself among them.
    spans
        For a word or a line: its words or characters, each with its place.

    Examples
    --------
    >>> both = (Alternative(text="O", confidence=0.5), Alternative(text="0", confidence=0.25))
    >>> Reading(text="O", confidence=0.5, alternatives=both).letterness
    0.75
    """

    text: Text
    confidence: Confidence | None = None
    alternatives: tuple[Alternative, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def letterness(self) -> float | None:
        """How sure it is that the crop shows any text at all, 0..1; None if unknown.

        What is not for the empty text is for some text, whichever: O and 0 may share it and be as sure together. Where
        the empty text is not among the alternatives, those that are count.
        """
        if self.confidence is None:
            return None
        known = {self.text: self.confidence, **{other.text: other.confidence or 0.0 for other in self.alternatives}}
        return 1 - known[""] if "" in known else min(sum(known.values()), 1.0)


class CropSpec(Model):
    """What a classifier wants its crops to be; `crop_normalize` makes them so.

    Parameters
    ----------
    level
        What one crop shows.
    height, width
        A crop's size, pixels. A width of None means: as wide as the text is at that height.
    of
        Whether crops are made of the ink or of the grey page.
    polarity
        `light`: ink is 1 and ground is 0. `dark`: ink is 0 and ground is 1.
    margin
        Empty space on every side, as a share of the height.
    """

    level: Level
    height: Annotated[int, Field(ge=1)]
    width: Annotated[int, Field(ge=1)] | None = None
    of: Literal["ink", "gray"] = "ink"
    polarity: Literal["light", "dark"] = "light"
    margin: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
