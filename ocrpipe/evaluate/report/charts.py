"""The drawings of a report, as SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree

from ocrpipe.evaluate.notes import NOTHING, Confusions

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ROW = 26
"""Height of a row of a chart, pixels."""

CELL = 17
"""Side of a cell of a matrix, pixels."""

FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that a page of HTML had better not hold."""

MOST = 40
"""Characters in a matrix; those with the most errors are shown."""


def svg(width: float, height: float, label: str) -> Element:
    """Return an empty drawing, with what it shows in words."""
    drawn = etree.Element("svg", viewBox=f"0 0 {width:g} {height:g}", width=f"{width:g}", role="img")
    drawn.set("aria-label", label)
    return drawn


def add(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """Add a shape; `_` stands for `-` in an attribute's name, but at its end for nothing."""
    names = {name.rstrip("_").replace("_", "-"): str(value) for name, value in attributes.items()}
    child = etree.SubElement(parent, tag, names)
    child.text = clean(text) or None
    return child


def intervals(rows: Sequence[tuple[str, float, tuple[float, float] | None]]) -> Element:
    """Draw rates as dots, and where they lie with 95% confidence as whiskers."""
    left, right, wide = 170, 70, 820
    top = max([*(rate for _, rate, _ in rows), *(between[1] for _, _, between in rows if between), 0.01])

    def at(rate: float) -> float:
        return left + rate / top * (wide - left - right)

    drawn = svg(wide, ROW * len(rows) + 24, "character error rate of each pipeline, with its interval")
    for share in (0, 0.5, 1):
        x, bottom = at(share * top), ROW * len(rows)
        add(drawn, "line", x1=x, x2=x, y1=0, y2=bottom, class_="rule")
        add(drawn, "text", f"{share * top:.1%}", x=x, y=bottom + 16, class_="quiet", text_anchor="middle")
    for number, (name, rate, between) in enumerate(rows):
        y = ROW * number + ROW / 2
        add(drawn, "text", name, x=left - 12, y=y + 4, text_anchor="end")
        if between:
            add(drawn, "line", x1=at(between[0]), x2=at(between[1]), y1=y, y2=y, class_="whisker")
        add(drawn, "circle", cx=at(rate), cy=y, r=5, class_="dot")
        add(drawn, "text", f"{rate:.2%}", x=max(at(rate), at(between[1]) if between else 0) + 10, y=y + 4)
    return drawn


def matrix(confusions: Confusions) -> Element:
    """Draw how often each character (down) was read as each (across); the darker the oftener."""
    errors: dict[str, int] = {}
    for (truth, read), count in confusions.items():
        for character in (truth, read):
            errors[character] = errors.get(character, 0) + count
    shown = sorted(sorted(errors, key=lambda character: -errors[character])[:MOST])
    most = max(confusions.values())
    side = 60 + CELL * len(shown)
    drawn = svg(side, side, "which characters were read as which")
    add(drawn, "rect", x=60, y=60, width=side - 60, height=side - 60, class_="grid")
    for number, character in enumerate(shown):
        middle = 60 + CELL * number + CELL / 2
        add(drawn, "text", visible(character, "too many"), x=54, y=middle + 4, text_anchor="end")
        turned = f"rotate(-90 {middle} 54)"
        add(drawn, "text", visible(character, "lost"), x=middle, y=54, dominant_baseline="middle", transform=turned)
    for (truth, read), count in confusions.items():
        if truth in shown and read in shown:
            x, y = (60 + CELL * shown.index(character) for character in (read, truth))
            cell = add(
                drawn, "rect", x=x, y=y, width=CELL, height=CELL, class_="cell", opacity=0.15 + 0.85 * count / most
            )
            told = f"{visible(truth, 'nothing')} read as {visible(read, 'nothing')}: {count}"
            add(cell, "title", told)
    return drawn


def visible(character: str, nothing: str) -> str:
    """Return a character as one can see it.

    Examples
    --------
    >>> visible("A", "lost"), visible(" ", "lost"), visible("", "lost")
    ('A', '␣', 'lost')
    """
    return nothing if character == NOTHING else {" ": "␣", "\n": "⏎"}.get(character, character)


def clean(text: str) -> str:
    """Return text with U+FFFD for each character that HTML had better not hold."""
    return FORBIDDEN.sub("\ufffd", text)
