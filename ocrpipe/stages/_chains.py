"""Chains of neighbouring pieces of ink, and the ways to read each chain as letters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ocrpipe import Box, Region
from ocrpipe.stages._cuts import Seam
from ocrpipe.stages._ink import Bools, Floats, Ints, Parts
from ocrpipe.stages._joins import crumbs

__all__ = ["Atom", "Chain", "chains_of", "regions_of"]

MOST_CUTS, MOST_LETTERS = 100, 10_000
"""How many ways to read a chain are offered at most, and about how many letters these have in all: a thicket of
thousands of atoms, as on gravel or cloth, must not cost minutes."""

WIDEST = 1.6
"""How wide a letter of several pieces is at most, in heights of the letters about it."""

LEFT = 0.3
"""What it costs to leave a crumb over."""

SHARED = 0.2
"""What it costs two letters to share a stroke."""

USUAL = 0.65
"""How wide a letter is for its height."""

Span = tuple[int, int]
"""The atoms of a letter, from the first up to and without the last."""

Way = tuple[float, tuple[Span, ...]]
"""A way to share atoms out over letters, and how unlikely it is by shape."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of ink that no cut divides.

    Parameters
    ----------
    box
        x0, y0, x1, y1, pixels.
    area
        Its ink, pixels.
    bond
        How far it is from the atom before it, in letter heights; 0 if they are one piece of ink.
    seam
        What it costs to part the two, in stroke widths of ink; 0 if they are apart.
    crumb
        Whether it is too small to be a letter by itself.
    """

    box: tuple[int, int, int, int]
    area: int
    bond: float
    seam: float
    crumb: bool


@dataclass(frozen=True, eq=False)
class Chain:
    """Atoms from left to right, of which neighbours may be pieces of one letter.

    Parameters
    ----------
    atoms
        The atoms.
    ink
        The atoms' runs: those of all chains.
    first
        The number in `ink` of the first atom.
    size
        How high letters about it are, pixels.
    """

    atoms: tuple[Atom, ...]
    ink: Parts
    first: int
    size: float

    @property
    def corner(self) -> tuple[int, int]:
        """The left and top edge of all atoms."""
        return min(atom.box[0] for atom in self.atoms), min(atom.box[1] for atom in self.atoms)

    @cached_property
    def labels(self) -> npt.NDArray[np.int16]:
        """A picture of the chain: at each pixel the number of its atom, from 1; 0 where there is none."""
        left, top = self.corner
        right, bottom = (max(atom.box[edge] for atom in self.atoms) for edge in (2, 3))
        runs = slice(int(self.ink.first[self.first]), int(self.ink.first[self.first + len(self.atoms)]))
        row = self.ink.y[runs] - top
        number = (self.ink.owner[runs] - self.first + 1).astype(np.int16)
        steps = np.zeros((bottom - top, right - left + 1), np.int16)
        steps[row, self.ink.x0[runs] - left] += number
        steps[row, self.ink.x1[runs] - left] -= number
        return np.cumsum(steps, axis=1, dtype=np.int16)


def chains_of(parts: Parts, local: Floats, links: list[list[int]], seams: dict[int, list[Seam]]) -> Iterator[Chain]:
    """Give a chain for each list of linked parts, the parts divided by their seams.

    Parameters
    ----------
    parts
        All parts.
    local
        For each part how high letters about it are, pixels.
    links
        The parts of each chain, by number, from left to right.
    seams
        Parts' seams from left to right; those of most parts are none.
    """
    crumb = crumbs(parts, local)
    ink, home, cost = _divided(parts, [part for link in links for part in link], seams)
    boxes, area = ink.boxes.tolist(), ink.area.astype(int).tolist()
    atom = 0
    for link in links:
        size = float(local[link].max())
        first, atoms = atom, list[Atom]()
        for part in link:
            divided = False  # whether a seam lies between this atom and the last
            while atom < len(home) and home[atom] == part:
                gap = boxes[atom][0] - boxes[atom - 1][2] if atoms and not divided else 0
                seam = cost[atom] if divided else 0.0
                atoms.append(Atom(tuple(boxes[atom]), area[atom], max(gap, 0) / size, seam, bool(crumb[part])))
                divided = True
                atom += 1
        yield Chain(tuple(atoms), ink, first, size)


def _divided(parts: Parts, order: list[int], seams: dict[int, list[Seam]]) -> tuple[Parts, list[int], list[float]]:
    """Return atoms in the given order of parts; for each its part, and the cost of the seam on its left."""
    runs: list[tuple[Ints, Ints, Ints]] = []
    home: list[int] = []
    cost: list[float] = []
    for part in order:
        its = parts.of(part)
        y, x0, x1 = parts.y[its], parts.x0[its], parts.x1[its]
        if part not in seams:
            runs.append((y, x0, x1))
            home.append(part)
            cost.append(0.0)
            continue
        row = y - parts.boxes[part, 1]
        ways = np.maximum.accumulate([seam.x[row] for seam in seams[part]])  # no seam runs left of an earlier one
        lows = np.maximum(x0, np.concatenate([x0[None], ways]))
        highs = np.minimum(x1, np.concatenate([ways, x1[None]]))
        has = lows < highs
        for k in np.flatnonzero(has.any(axis=1)).tolist():
            runs.append((y[has[k]], lows[k, has[k]], highs[k, has[k]]))
            home.append(part)
            cost.append(seams[part][k - 1].cost if k else 0.0)
    owner = np.repeat(np.arange(len(runs)), [len(rows) for rows, _, _ in runs])
    y, x0, x1 = (np.concatenate(values) for values in zip(*runs, strict=True))
    return Parts(owner, y, x0, x1, np.zeros_like(y)), home, cost


def regions_of(chain: Chain, ink: Bools) -> tuple[Region, ...]:
    """Return the region of a chain, with every likely way to read it as other letters; none if it is but crumbs.

    Parameters
    ----------
    chain
        The chain.
    ink
        The page's ink.
    """
    atoms = chain.atoms
    if all(atom.crumb for atom in atoms):
        return ()
    whole = (0, len(atoms))
    made: dict[Span, Region] = {}
    cuts = []
    for cut in _partitions(atoms, chain.size) if len(atoms) > 1 else []:
        if cut != (whole,):
            for span in cut:
                if span not in made:
                    made[span] = Region(**_painted(chain, span, ink))
            cuts.append(tuple(made[span] for span in cut))
    return (Region(**_painted(chain, whole, ink), rivals=tuple(cuts)),)


def _partitions(atoms: tuple[Atom, ...], size: float) -> list[tuple[Span, ...]]:
    """Return the likeliest ways to share atoms out over letters, best first; crumbs may be left over.

    Dynamic programming over the atoms, which keeps the best few ways to read those so far.
    """
    number = max(min(MOST_CUTS, MOST_LETTERS // len(atoms)), 1)
    best: list[list[Way]] = [[(0.0, ())]]
    for stop in range(1, len(atoms) + 1):
        ways: list[tuple[float, tuple[Span, ...], tuple[Span, ...]]] = []  # what it costs, and a cut in two parts
        if atoms[stop - 1].crumb:
            ways += [(cost + LEFT, cut, ()) for cost, cut in best[stop - 1]]
        for start in range(stop - 1, -1, -1):
            width = _width(atoms[start:stop], size)
            if stop - start > 1 and width > WIDEST:
                break  # more atoms are only wider
            price = _price(atoms, start, stop, width)
            if price is not None:
                before = best[start] + (_sharing(best[start + 1], start) if _shared(atoms, start, stop, size) else [])
                ways += [(cost + price, cut, ((start, stop),)) for cost, cut in before]
        most = sorted(cost for cost, _, _ in ways)[:number][-1:]  # only what is kept is worth being put together
        best.append(sorted((cost, cut + last) for cost, cut, last in ways if [cost] <= most)[:number])
    return [cut for _, cut in best[-1] if cut]


def _sharing(ways: list[Way], atom: int) -> list[Way]:
    """Return the ways whose last letter has this atom and another before it, so that it may share the atom."""
    return [(cost + SHARED, cut) for cost, cut in ways if cut and cut[-1][1] == atom + 1 and cut[-1][0] < atom]


def _shared(atoms: tuple[Atom, ...], start: int, stop: int, size: float) -> bool:
    """Return whether the first of some atoms may be a stroke that their letter shares with the letter before.

    Where two letters run into each other, one stroke may be the end of the first and the start of the second.
    """
    if not 0 < start < stop - 1:
        return False
    atom = atoms[start]
    return atom.seam > 0 and atoms[start + 1].seam > 0 and atom.box[2] - atom.box[0] < 0.3 * size


def _width(some: tuple[Atom, ...], size: float) -> float:
    """Return how wide some atoms are together, in heights of the letters about them."""
    return (max(atom.box[2] for atom in some) - min(atom.box[0] for atom in some)) / size


def _price(atoms: tuple[Atom, ...], start: int, stop: int, width: float) -> float | None:
    """Return how unlikely it is by shape that some atoms, so wide together, are one letter; None if it cannot be."""
    some = atoms[start:stop]
    if all(atom.crumb for atom in some):
        return None
    bonds = sum(5 * atom.bond for atom in some[1:])
    odd = abs(math.log(max(width, 0.05) / USUAL))
    return bonds + 0.5 * atoms[start].seam * (start > 0) + min(odd, 1.2)


def _painted(chain: Chain, span: Span, ink: Bools) -> dict[str, object]:
    """Return the box of some atoms, and a mask where the box holds other ink too."""
    atoms = chain.atoms[slice(*span)]
    x0, y0 = min(atom.box[0] for atom in atoms), min(atom.box[1] for atom in atoms)
    x1, y1 = max(atom.box[2] for atom in atoms), max(atom.box[3] for atom in atoms)
    if np.count_nonzero(ink[y0:y1, x0:x1]) == sum(atom.area for atom in atoms):
        return {"box": Box(x0, y0, x1, y1)}
    left, top = chain.corner
    label = chain.labels[y0 - top : y1 - top, x0 - left : x1 - left]
    return {"box": Box(x0, y0, x1, y1), "mask": (label > span[0]) & (label <= span[1])}
