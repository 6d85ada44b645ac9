"""What a training or a measurement reads: pictures of signs with their labels, and who wrote them."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from ocrpipe.errors import ConfigError, InputError
from ocrpipe.nn import Crop
from ocrpipe.stages import _square
from ocrpipe.train.strokes import TEST_SHARE, in_test

__all__ = [
    "ALIKE",
    "CLASSES",
    "PARTS",
    "Dataset",
    "Split",
    "alike",
    "joined",
    "masks_of",
    "merged",
    "network_crops",
    "ordered",
    "parse_classes",
    "split",
]

Images = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CLASSES: tuple[str, ...] = (*string.ascii_uppercase, *string.digits, *string.ascii_lowercase)
"""The order in which classes stand: A-Z, 0-9, a-z; others follow by code point."""

ALIKE = ("O0o", "I1l", "Ss", "Cc", "Xx", "Zz", "Vv", "Ww", "Uu", "Kk", "Pp")
"""Signs that no single glyph can tell from one another, but only its neighbours: size and place are lost in a crop."""

PARTS = ("train", "valid", "test")
"""The three sets that a dataset is divided into."""

_FINE = 96  # pixels: a small picture is enlarged to about this before it is binarised, which keeps its grey edges


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures of single signs with what they show.

    Attributes
    ----------
    images : ndarray of float32, shape (number, height, width)
        0 = blank, 1 = ink, upright.
    labels : tuple of str
        What each picture shows.
    writers : tuple of str, or None
        Whose hand (or which font) each is, where that is known.
    source, licence : str
        Where it comes from, for a run's card; empty if unknown.
    parts : tuple of str, or None
        ``train``, ``valid`` or ``test`` for each picture, where the file itself divides them.
    crop : Crop, or None
        How the pictures were cropped, where that is known: its polarity is always ``light`` here.

    Raises
    ------
    ValueError
        If the fields do not fit on one another, or a label is empty.

    Examples
    --------
    >>> data = Dataset(np.zeros((2, 32, 32), np.float32), labels=("B", "A"), writers=("ann", "bob"))
    >>> len(data), data.classes, data.take([1]).writers
    (2, ('A', 'B'), ('bob',))
    """

    images: Images
    labels: tuple[str, ...]
    writers: tuple[str, ...] | None = None
    source: str = ""
    licence: str = ""
    parts: tuple[str, ...] | None = None
    crop: Crop | None = None

    def __post_init__(self) -> None:
        number = len(self.labels)
        if self.images.dtype != np.float32 or self.images.ndim != 3 or len(self.images) != number:
            raise ValueError(
                f"images are {self.images.dtype} of shape {self.images.shape}, "
                f"where float32 ({number}, height, width) is wanted"
            )
        if any(column is not None and len(column) != number for column in (self.writers, self.parts)):
            raise ValueError(f"there must be as many writers and parts as labels ({number})")
        if not all(map(_is_text, set(self.labels).union(self.writers or ()))):
            raise ValueError("each label and each writer must be a text that is not empty")
        if self.parts is not None and not set(self.parts) <= set(PARTS):
            raise ValueError(f"each part must be one of {', '.join(PARTS)}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that occur, each once: A-Z, 0-9, a-z, then others by code point."""
        return ordered(self.labels)

    def take(self, which: Sequence[int] | npt.NDArray[np.intp]) -> Dataset:
        """Return the pictures of these numbers, in this order."""
        numbers = np.asarray(which, np.intp)
        return replace(
            self,
            images=self.images[numbers],
            labels=_picked(self.labels, numbers),
            writers=self.writers and _picked(self.writers, numbers),
            parts=self.parts and _picked(self.parts, numbers),
        )

    def where(self, wanted: Callable[[str], bool]) -> Dataset:
        """Return the pictures whose label is wanted."""
        return self.take([number for number, label in enumerate(self.labels) if wanted(label)])


class Split(NamedTuple):
    """A dataset in three, and how it was divided: a sentence for the run's card."""

    train: Dataset
    valid: Dataset
    test: Dataset
    how: str


def _is_text(text: str) -> bool:
    """Tell whether a text holds anything, and nothing that no file can hold (half a surrogate pair)."""
    return bool(text) and not any("\ud800" <= character <= "\udfff" for character in text)


def _picked(column: tuple[str, ...], numbers: npt.NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(column[number] for number in numbers.tolist())


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    """Return each label once, in the order of classes.

    Examples
    --------
    >>> ordered("b1A1?Z")
    ('A', 'Z', '1', 'b', '?')
    """
    rank = {label: number for number, label in enumerate(CLASSES)}
    return tuple(sorted(set(labels), key=lambda label: (rank.get(label, len(rank)), label)))


def joined(datasets: Sequence[Dataset]) -> Dataset:
    """Return several datasets as one.

    Writers are kept only where all of them know theirs, and so are parts. Pictures must be of one size.

    Raises
    ------
    ConfigError
        If the sizes of the pictures differ, or there is no dataset.
    """
    sizes = {data.images.shape[1:] for data in datasets}
    if len(sizes) != 1:
        several = " and ".join(sorted(f"{height}x{width}" for height, width in sizes)) or "nothing at all"
        raise ConfigError(f"data of one size can be joined, and this is {several}: give them one by one")
    first = datasets[0]
    return Dataset(
        np.concatenate([data.images for data in datasets]),
        tuple(chain.from_iterable(data.labels for data in datasets)),
        _all_or_none([data.writers for data in datasets]),
        "; ".join(dict.fromkeys(data.source for data in datasets if data.source)),
        "; ".join(dict.fromkeys(data.licence for data in datasets if data.licence)),
        _all_or_none([data.parts for data in datasets]),
        first.crop if all(data.crop == first.crop for data in datasets) else None,
    )


def _all_or_none(columns: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    known = [column for column in columns if column is not None]
    return tuple(chain.from_iterable(known)) if len(known) == len(columns) else None


def split(dataset: Dataset, valid: float = 0.1, test: float = TEST_SHARE, seed: int = 0) -> Split:
    """Divide a dataset into what is learned from, what decides when to stop, and what is measured on.

    Where the file itself says which picture is for what, that stands. Else, where the writers are known, each writer is
    in one set alone: which one, a hash of the name decides (`strokes.in_test`), and so neither the order nor the
    selection of the data. Where a hash would leave a set empty, because there are few writers, the writers in the order
    of their hashes are shared out. Else, pictures are shuffled by the seed.

    Parameters
    ----------
    dataset : Dataset
    valid, test : float
        The shares of those two sets, 0..1, together below 1.
    seed : int
        Of the shuffle.

    Returns
    -------
    Split
        Its `how` is a sentence for the run's card.

    Raises
    ------
    ConfigError
        If the shares are impossible.

    Examples
    --------
    >>> hands = tuple(f"writer {n}" for n in range(40))
    >>> data = Dataset(np.zeros((40, 8, 8), np.float32), ("A",) * 40, hands)
    >>> train, valid, test, how = split(data)
    >>> len(train), len(valid), len(test), set(train.writers) & set(test.writers)
    (27, 6, 7, set())
    >>> how
    'by writer, by a hash of the name: 27 writers to train, 6 to validate, 7 to test'
    """
    if min(valid, test) < 0 or not valid + test < 1:
        raise ConfigError(f"a split of {valid:g} to validate and {test:g} to test leaves nothing to train: give less")
    if dataset.parts is not None and set(dataset.parts) == set(PARTS):
        return _by_name(dataset, dataset.parts, "as the file itself divides it")
    hands = sorted(set(dataset.writers or ()))
    if dataset.writers and len(hands) >= sum(share > 0 for share in (1, valid, test)):
        part_of, how = _by_hash(hands, valid, test)
        counts = [sum(part == name for part in part_of.values()) for name in PARTS]
        told = f"by writer, {how}: {counts[0]} writers to train, {counts[1]} to validate, {counts[2]} to test"
        return _by_name(dataset, [part_of[writer] for writer in dataset.writers], told)
    parts = _shuffled(len(dataset), valid, test, seed)
    why = f"only {len(hands)} writers" if hands else "writers unknown"
    return _by_name(dataset, parts, f"by picture, shuffled with seed {seed} ({why}: one hand may be in several sets)")


def _by_name(dataset: Dataset, parts: Sequence[str], how: str) -> Split:
    train, valid, test = (dataset.take([n for n, part in enumerate(parts) if part == name]) for name in PARTS)
    return Split(train, valid, test, how)


def _by_hash(hands: Sequence[str], valid: float, test: float) -> tuple[dict[str, str], str]:
    """Give each writer's part, and how it was found."""

    def part(hand: str) -> str:
        return "test" if in_test(hand, test) else "valid" if in_test(hand, test + valid) else "train"

    part_of = {hand: part(hand) for hand in hands}
    wanted = {"train", *(["valid"] if valid else []), *(["test"] if test else [])}
    if set(part_of.values()) == wanted:
        return part_of, "by a hash of the name"
    tested = max(1, int(test * len(hands))) if test else 0
    validated = max(1, int(valid * len(hands))) if valid else 0
    if tested + validated == len(hands):  # at least one is to be learned from
        tested, validated = (tested - 1, validated) if tested >= validated else (tested, validated - 1)
    by_hash = sorted(hands, key=_hash_rank)
    names = ["test"] * tested + ["valid"] * validated + ["train"] * len(hands)
    return dict(zip(by_hash, names, strict=False)), "in the order of their names' hashes, for there are few"


def _hash_rank(hand: str) -> float:
    """Return the largest share at which a writer is not yet in the test set, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if in_test(hand, middle) else (middle, high)
    return low


def _shuffled(number: int, valid: float, test: float, seed: int) -> list[str]:
    order = np.random.default_rng(seed).permutation(number).tolist()
    tested, validated = int(test * number), int(valid * number)
    parts = ["train"] * number
    for place, name in enumerate(["test"] * tested + ["valid"] * validated):
        parts[order[place]] = name
    return parts


def masks_of(images: Images) -> list[Mask]:
    """Return each picture's ink, binarised as a page's is; small pictures are enlarged first, to keep their edges.

    Parameters
    ----------
    images : ndarray of float32, shape (number, height, width)
        1 = ink.

    Returns
    -------
    list of ndarray of bool
        Where a picture is darker than half-way between its ground and its darkest; specks are left out.
    """
    height, width = images.shape[1:]
    times = max(1, round(_FINE / max(height, width, 1)))
    masks = []
    for image in images:
        ground = np.percentile(image, 20)  # ink never covers four fifths of its picture
        ink = np.clip((image - ground) * (255 / max(float(image.max() - ground), 0.05)), 0, 255)
        fine = Image.fromarray(ink.astype(np.uint8)).resize((width * times, height * times), Image.Resampling.BILINEAR)
        masks.append(_without_specks(np.asarray(fine) > 127))
    return masks


def _without_specks(mask: Mask) -> Mask:
    """Leave out pieces of less than a hundredth of the ink: they would change the box that a crop is made of."""
    from scipy.ndimage import label

    pieces, number = label(mask, np.ones((3, 3), np.int8))
    if number < 2:
        return mask
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= 0.01 * sizes.sum())[pieces] & mask, np.bool_)


def network_crops(dataset: Dataset, crop: Crop) -> Images:
    """Make of a dataset's pictures the crops that a network wants.

    Pictures that were cropped just so are taken as they are; others are binarised and pass through the pipeline's
    own `crop_normalize`.

    Parameters
    ----------
    dataset : Dataset
    crop : Crop
        From the weights' header: size, margin, whether strokes are made of even width, and the polarity.

    Returns
    -------
    ndarray of float32, shape (number, crop.height, crop.width)
        0..1, of the crop's polarity.

    Raises
    ------
    InputError
        If the network reads words or lines.

    Examples
    --------
    >>> image = np.zeros((1, 16, 16), np.float32)
    >>> image[0, 2:14, 7:9] = 1
    >>> crop = Crop(height=8, width=8, margin=0, even_strokes=False, polarity="dark")
    >>> network_crops(Dataset(image, ("I",)), crop)[0, 4].round(1)
    array([1. , 1. , 1. , 0.3, 0.3, 1. , 1. , 1. ], dtype=float32)
    """
    if crop.level != "glyph":
        raise InputError(f"the network reads each {crop.level}, and this data shows single signs: give another network")
    if dataset.crop is not None and _same_cut(dataset.crop, crop):
        crops = dataset.images
    else:
        masks = masks_of(dataset.images)
        crops = _square.batch(masks, crop.height, crop.width, crop.margin, even=crop.even_strokes)
    return 1 - crops if crop.polarity == "dark" else crops


def _same_cut(first: Crop, second: Crop) -> bool:
    return all(getattr(first, key) == getattr(second, key) for key in ("height", "width", "margin", "even_strokes"))


def alike(classes: Iterable[str]) -> tuple[str, ...]:
    """Return those groups of `ALIKE` of which a network's classes hold two signs or more, with those signs alone.

    Examples
    --------
    >>> alike("ABIO01")
    ('O0', 'I1')
    """
    held = set(classes)
    groups = ("".join(sign for sign in group if sign in held) for group in ALIKE)
    return tuple(group for group in groups if len(group) > 1)


def merged(classes: Iterable[str]) -> dict[str, str]:
    """Return for each class that has lookalikes the sign that stands for all of them.

    Examples
    --------
    >>> merged("ABIO01")
    {'O': 'O', '0': 'O', 'I': 'I', '1': 'I'}
    """
    return {sign: group[0] for group in alike(classes) for sign in group}


def parse_classes(text: str) -> tuple[str, ...]:
    """Return the signs that a text lists, with ranges as in ``A-Z``; a dash at an end is itself.

    Parameters
    ----------
    text : str
        Such as ``A-Z0-9`` or ``a-f.,-``.

    Raises
    ------
    ConfigError
        If it lists nothing, or a range runs backwards.

    Examples
    --------
    >>> parse_classes("A-C09-"), parse_classes("0-2")
    (('A', 'B', 'C', '0', '9', '-'), ('0', '1', '2'))
    """
    signs: list[str] = []
    rest = text
    while rest:
        if len(rest) > 2 and rest[1] == "-":
            first, last, rest = rest[0], rest[2], rest[3:]
            if first > last:
                raise ConfigError(f"classes {text!r}: the range {first}-{last} runs backwards; turn it round")
            signs += map(chr, range(ord(first), ord(last) + 1))
        else:
            signs.append(rest[0])
            rest = rest[1:]
    if not signs:
        raise ConfigError("no classes are given: say, for example, A-Z0-9")
    return tuple(dict.fromkeys(signs))
