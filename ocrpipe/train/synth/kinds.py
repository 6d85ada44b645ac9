"""Kinds of pages, and how a text is laid out on one."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ocrpipe.errors import ConfigError
from ocrpipe.page import Page
from ocrpipe.train.synth.hands import Hand, hand_for
from ocrpipe.train.synth.pages import draw_page
from ocrpipe.train.synth.scene import BLACK, BLUE, CHALK, GREEN, PENCIL, RED, Block, Colour, Ground, Scene, Writing
from ocrpipe.train.synth.text import random_lines

__all__ = ["KINDS", "Kind", "Order", "arrange", "draw_order", "scene_of"]


@dataclass(frozen=True)
class Kind:
    """A ground with what one writes on it.

    Attributes
    ----------
    ground : Ground
        At its full unevenness of light: the option `light` takes a share of it.
    inks : tuple of Colour
        One of which a page is written in.
    pens : tuple of float
        The least and the greatest width of its pens, in capitals.
    grain : float
        See `Writing`.
    ghosts : bool
        Whether half-wiped text shows through.
    blur, noise : float
        See `Scene`; the option `noise` is a factor of this.
    lean : float
        See `Scene`.
    """

    ground: Ground
    inks: tuple[Colour, ...]
    pens: tuple[float, float]
    grain: float = 0.0
    ghosts: bool = False
    blur: float = 1.0
    noise: float = 0.03
    lean: float = 0.012


KINDS = {
    "paper": Kind(
        Ground((0.9, 0.88, 0.84), texture=0.012, depth=0.8, shadow=0.4),
        (BLUE, BLACK, PENCIL),
        (0.05, 0.11),
        grain=0.15,
    ),
    "whiteboard": Kind(
        Ground(
            (0.84, 0.86, 0.87), texture=0.004, depth=0.6, wiped=-0.025, glare=((0.8, 0.2, 0.05), (0.15, 0.85, 0.04))
        ),
        (BLUE, BLACK, RED, GREEN),
        (0.07, 0.12),
        grain=0.22,
        ghosts=True,
        blur=1.2,
        noise=0.025,
    ),
    "chalk": Kind(
        Ground((0.12, 0.2, 0.16), texture=0.008, depth=0.8, wiped=0.03),
        (CHALK,),
        (0.08, 0.13),
        grain=0.9,
        noise=0.025,
    ),
    "scan": Kind(Ground(scanned=True), (BLACK,), (0.07, 0.12), blur=0.8, noise=0.08, lean=0.0),
}
"""The kinds of pages by name."""

_MARGIN = 0.08  # of the page, on each side
_PITCH = 2.1
_ASKED = 8  # hands that are asked which signs they know, before random words are chosen


def arrange(text: str, hand: Hand, size: tuple[int, int], writing: Writing, capital: float | None = None) -> Block:
    """Lay a text out on a page: as large as fits, or wrapped at a given size.

    Parameters
    ----------
    text : str
    hand : Hand
    size : tuple of int
        The page's width and height, pixels.
    writing : Writing
        Its gap counts.
    capital : float, optional
        Height of a capital, pixels; without it the largest that fits, up to an eighth of the page's height.

    Raises
    ------
    ConfigError
        If the text does not fit.
    """
    width, height = (side * (1 - 2 * _MARGIN) for side in size)
    rng = np.random.default_rng(0)  # only to ask how wide letters are
    lines = [" ".join(line.split()) for line in text.strip().splitlines()]
    if not any(lines):
        raise ConfigError("the text is empty: give one with a letter in it")

    def length(words: Sequence[str]) -> float:
        letters = sum(1.08 * hand.letter(c, rng).advance + writing.gap for word in words for c in word)
        return letters + (len(words) - 1) * (hand.space() + max(writing.gap, 0)) + 6 * writing.hop

    if capital is None:
        tallest = height / ((len(lines) - 1) * _PITCH + 1.4)
        capital = min(width / max(length(line.split()) for line in lines), tallest, size[1] / 8)
    else:
        lines = [part for line in lines for part in _wrapped(line.split(), width / capital, length)]
    if capital < 8 or (len(lines) - 1) * _PITCH + 1.4 > height / capital:
        raise ConfigError(
            f"{len(lines)} lines do not fit on {size[0]} x {size[1]} pixels: give a larger --size, or less text"
        )
    return Block("\n".join(lines), _MARGIN, _MARGIN, capital, pitch=_PITCH)


def _wrapped(words: list[str], width: float, length: Callable[[Sequence[str]], float]) -> list[str]:
    lines: list[list[str]] = [[]]
    for word in words:
        if lines[-1] and length([*lines[-1], word]) > width:
            lines.append([])
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def scene_of(
    kind: Kind,
    block: Block,
    size: tuple[int, int],
    writing: Writing,
    rng: np.random.Generator,
    *,
    light: float = 0.4,
    noise: float = 0.4,
    skew: float = 1.0,
    ruled: str = "none",
    blots: int = 0,
) -> Scene:
    """Put a block of text on a ground of some kind.

    Parameters
    ----------
    kind : Kind
    block : Block
        From `arrange`.
    size : tuple of int
        Width and height, pixels.
    writing : Writing
        Its pen and grain are the kind's.
    rng : numpy.random.Generator
        Decides pen, ink, and what is left to chance.
    light, noise : float
        How uneven the light and how noisy the camera, 0..1.
    skew : float
        How far the page is turned at most, degrees.
    ruled : str
        ``none``, ``lines`` or ``grid``.
    blots : int
        How many blots, scribbles and scraps of lines.
    """
    ground = replace(
        kind.ground,
        ruled=ruled,
        depth=kind.ground.depth * light,
        shadow=kind.ground.shadow * light,
        glare=kind.ground.glare if light else (),
    )
    ink = kind.inks[int(rng.integers(len(kind.inks)))]
    writing = replace(writing, pen=float(rng.uniform(*kind.pens)), grain=kind.grain)
    ghosts: tuple[Block, ...] = ()
    if kind.ghosts:
        old = random_lines(rng, 14, 3)
        colour = kind.inks[int(rng.integers(len(kind.inks)))]
        ghosts = (Block(old, 0.3, 0.2, block.capital * 1.1, colour, pitch=2.6, slope=2.0),)
    return Scene(
        size,
        (replace(block, colour=ink),),
        writing,
        ground,
        ghosts,
        blots,
        skew=float(rng.uniform(-skew, skew)),
        lean=kind.lean if skew else 0.0,
        blur=kind.blur,
        noise=kind.noise * noise,
    )


@dataclass(frozen=True)
class Order:
    """What pages to make: all that `ocrpipe synth page` can be told.

    Attributes
    ----------
    text : str, or None
        What to write; None: random words.
    lines : int
        How many lines of random words.
    capitals : bool
        Whether random words are in capitals.
    kind : str
        A name of `KINDS`.
    size : tuple of int
        Width and height, pixels.
    capital : float, or None
        Height of a capital, pixels; None: the largest that fits.
    wobble : float
        How unsteady the writing is, 0..1.
    slope : float
        How much the lines slope at most, degrees.
    gap : float
        Added between letters, in capitals; below 0 they come to touch.
    broken : float
        The share of letters with a gap in a stroke, 0..1.
    light, noise, skew, ruled, blots
        See `scene_of`.
    """

    text: str | None = None
    lines: int = 6
    capitals: bool = True
    kind: str = "paper"
    size: tuple[int, int] = (1600, 1200)
    capital: float | None = None
    wobble: float = 0.5
    slope: float = 1.0
    gap: float = 0.1
    broken: float = 0.0
    light: float = 0.4
    noise: float = 0.4
    skew: float = 1.0
    ruled: str = "none"
    blots: int = 0


def draw_order(order: Order, hands: Sequence[Hand], seed: int = 0) -> tuple[npt.NDArray[np.uint8], Page]:
    """Make one page of an order: who writes, the pen, the ink and the words are drawn from the seed.

    Parameters
    ----------
    order : Order
    hands : sequence of Hand
        From `hands_in`.
    seed : int

    Returns
    -------
    picture, page
        As `draw_page` gives them.

    Raises
    ------
    ConfigError
        If the order cannot be met: no hand can write the text, or it does not fit.
    """
    rng = np.random.default_rng(seed)
    width = order.size[0] * (1 - 2 * _MARGIN)
    letters = max(4.0, width / order.capital) if order.capital else 22
    text = order.text
    if text is None:
        signs = string.digits + (string.ascii_uppercase if order.capitals else string.ascii_lowercase)
        lacking = min((hand.missing(signs) for hand in hands[:_ASKED]), key=len)
        text = random_lines(rng, letters, order.lines, order.capitals, lacking)
    hand = hand_for(text, hands, rng)
    wobble = order.wobble
    writing = Writing(
        turn=4.4 * wobble,
        size=0.1 * wobble,
        hop=0.1 * wobble,
        gap=order.gap,
        slope=wobble,
        bend=0.04 * wobble,
        broken=order.broken,
    )
    block = arrange(text, hand, order.size, writing, order.capital)
    block = replace(block, slope=float(rng.uniform(-order.slope, order.slope)))
    scene = scene_of(
        KINDS[order.kind],
        block,
        order.size,
        writing,
        rng,
        light=order.light,
        noise=order.noise,
        skew=order.skew,
        ruled=order.ruled,
        blots=order.blots,
    )
    return draw_page(scene, hand, seed)
