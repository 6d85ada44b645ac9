"""What a page is to look like.

Lengths of writing are in capitals (the height of a capital letter), angles in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLACK", "BLUE", "CHALK", "GREEN", "PENCIL", "RED", "Block", "Colour", "Ground", "Quad", "Scene", "Writing"]

Colour = tuple[float, float, float]
"""Red, green and blue, 0..1."""

Quad = tuple[tuple[float, float], ...]
"""Corners, as shares of the width and the height."""

BLUE, BLACK, RED, GREEN = (0.09, 0.15, 0.5), (0.1, 0.1, 0.12), (0.74, 0.12, 0.13), (0.05, 0.38, 0.2)
PENCIL, CHALK = (0.2, 0.2, 0.22), (0.9, 0.9, 0.85)


@dataclass(frozen=True)
class Block:
    """Lines of text written one under the other.

    Attributes
    ----------
    text : str
        A line each, parted by newlines.
    left, top : float
        Where it begins, as shares of the page's width and height.
    capital : float
        Height of a capital, pixels.
    colour : Colour
    pitch : float
        From one line to the next.
    slope : float
        Of the lines; positive sinks to the right.
    """

    text: str
    left: float
    top: float
    capital: float
    colour: Colour = BLACK
    pitch: float = 2.0
    slope: float = 0.0


@dataclass(frozen=True)
class Writing:
    """How unsteady the writing is, and what the pen leaves.

    Attributes
    ----------
    turn, size, hop : float
        How much single letters differ: in angle, in size (as a share), and up and down.
    gap : float
        Added between letters; below 0 they come to touch.
    slope : float
        How much the slopes of single lines differ.
    bend : float
        How far strokes are bent.
    broken : float
        The share of letters with a gap in a stroke.
    pen : float
        The width of a pen's line; a font's strokes are its own.
    broad : float
        What the pen adds around a font's strokes.
    grain : float
        0 = even ink, 1 = chalk on a rough board.
    """

    turn: float = 0.0
    size: float = 0.0
    hop: float = 0.0
    gap: float = 0.0
    slope: float = 0.0
    bend: float = 0.0
    broken: float = 0.0
    pen: float = 0.08
    broad: float = 0.0
    grain: float = 0.0


@dataclass(frozen=True)
class Ground:
    """What is written on, and the light it lies in.

    Attributes
    ----------
    colour : Colour
    texture : float
        How strong its fibres are.
    ruled : str
        ``none``, ``lines`` or ``grid``, printed on it.
    depth, shadow : float
        Of the light's unevenness, and of a hand's shadow at the lower right, 0..1.
    wiped : float
        Streaks that a sponge has left; positive brighter, negative darker.
    glare : tuple of (x, y, radius)
        Images of lamps, as shares.
    sheet : Quad, or None
        Corners of the paper or board; around it is `around`.
    around : Colour
    frame : float
        Width of a metal frame, as a share of the page's size.
    scanned : bool
        By a flatbed instead of a camera.
    """

    colour: Colour = (1.0, 1.0, 1.0)
    texture: float = 0.0
    ruled: str = "none"
    depth: float = 0.0
    shadow: float = 0.0
    wiped: float = 0.0
    glare: tuple[tuple[float, float, float], ...] = ()
    sheet: Quad | None = None
    around: Colour = BLACK
    frame: float = 0.0
    scanned: bool = False


@dataclass(frozen=True)
class Scene:
    """A whole page.

    Attributes
    ----------
    size : tuple of int
        Width and height, pixels.
    blocks : tuple of Block
        The text, in reading order.
    writing : Writing
    ground : Ground
    ghosts : tuple of Block
        Half-wiped text, no part of the page's text.
    blots : int
        How many blots, scribbles and scraps of lines there are, where no letter is.
    skew : float
        How far the page is turned in the picture, degrees, clockwise.
    lean : float
        How far the camera stood askew: the corners' shift, as a share of the size.
    blur : float
        Of the lens, pixels.
    noise : float
        Of the sensor, its deviation.
    """

    size: tuple[int, int]
    blocks: tuple[Block, ...]
    writing: Writing = Writing()
    ground: Ground = Ground()
    ghosts: tuple[Block, ...] = ()
    blots: int = 0
    skew: float = 0.0
    lean: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
