"""The readers of `ocrpipe.train.data`, one a kind of file.

A file is a stranger's: sizes are checked before anything of that size is made, nothing in it is executed, and whatever
is wrong with it becomes one `Broken` that says what and what to do.
"""

from __future__ import annotations

import gzip
import json
import math
import string
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy
from PIL import Image

from ocrpipe.errors import told
from ocrpipe.nn import Crop
from ocrpipe.stages import _square
from ocrpipe.train.dataset import PARTS, Dataset, joined, masks_of
from ocrpipe.train.draw import draw_strokes, look, plain_look
from ocrpipe.train.matlab import read_arrays
from ocrpipe.train.strokes import Sample, read

__all__ = [
    "ACCEPTED",
    "TRUTH",
    "Broken",
    "Wish",
    "class_folder",
    "pictures_in",
    "read_idx",
    "read_mat",
    "read_npz",
    "read_pictures",
    "read_strokes",
    "save_folder",
    "save_npz",
]

ACCEPTED = (
    "accepted are NIST's .mat, strokes as JSON lines (.jsonl, .jsonl.gz), a folder with a folder of PNGs for each "
    "class, .npz, and EMNIST's idx files"
)

TRUTH = "glyphs.jsonl"
"""Beside a folder's classes: whose hand each PNG is, a JSON object a line."""

_PIXELS = 2**30  # in all: as float32 4 GiB, more than all of EMNIST
_SIDE = 2048  # of one picture, pixels

Images = npt.NDArray[np.float32]


class Broken(Exception):  # noqa: N818 - it is told to nobody: `read_data` makes an InputError of it
    """What is wrong with a file, and what to do; `path` where that is not the file that was asked for."""

    def __init__(self, what: str, path: Path | None = None) -> None:
        super().__init__(what)
        self.path = path


@dataclass(frozen=True)
class Wish:
    """What `read_data` was asked for: see there."""

    crop: Crop
    seed: int = 0
    varied: bool = False
    writers: Callable[[str], bool] | None = None


def _dataset(images: Images, labels: Sequence[str], **others: Any) -> Dataset:
    """Make a dataset; what does not fit is the file's fault."""
    try:
        return Dataset(images, tuple(labels), **others)
    except ValueError as error:
        raise Broken(f"{error}; make it again") from None


def _check_size(shape: Sequence[int]) -> None:
    if math.prod(shape) > _PIXELS:
        raise Broken(f"it says that it holds an array of shape {tuple(shape)}, more than is read at once; divide it")


# Strokes


def read_strokes(path: Path, wish: Wish) -> Dataset:
    """Read handwriting kept as pen strokes, and draw it: JSON lines, gzipped or not."""
    try:
        samples = [sample for sample in read(path) if wish.writers is None or wish.writers(sample.writer)]
    except ValueError as error:
        raise Broken(f"{str(error).removeprefix(f'{path}, ')}; mend or remove that line") from None
    return drawn(samples, wish, path.name)


def drawn(samples: Sequence[Sample], wish: Wish, source: str) -> Dataset:
    """Draw samples as the pipeline's crops show them: a mask each, through its own `crop_normalize`."""
    rng = np.random.default_rng(wish.seed)
    crop = replace(wish.crop, polarity="light")
    images = np.empty((len(samples), crop.height, crop.width), np.float32)
    for first in range(0, len(samples), 1000):  # masks are large: not all at once
        some = samples[first : first + 1000]
        masks = [draw_strokes(sample.strokes, (look if wish.varied else plain_look)(rng), rng) for sample in some]
        batch = _square.batch(masks, crop.height, crop.width, crop.margin, even=crop.even_strokes)
        images[first : first + len(some)] = batch
    labels, writers = tuple(sample.label for sample in samples), tuple(sample.writer for sample in samples)
    return Dataset(images, labels, writers, source=source, crop=crop)


# MATLAB


def read_mat(path: Path, _wish: Wish) -> Dataset:
    """Read NIST36 or NIST26: ink dark on light, each picture stored column by column."""
    try:
        arrays = read_arrays(path.read_bytes(), 8 * _PIXELS)
    except ValueError as error:
        raise Broken(f"it is a damaged MATLAB file: {error}; get it again") from None
    parts = [part for part in PARTS if {f"{part}_data", f"{part}_labels"} <= set(arrays)]
    if not parts:
        raise Broken(
            f"it holds {', '.join(sorted(arrays)) or 'nothing'}, where a NIST file holds train_data with train_labels, "
            "valid_data with valid_labels, or test_data with test_labels"
        )
    sets = [_mat_part(arrays, part, path.name) for part in parts]
    if len({data.images.shape[1:] for data in sets}) > 1:
        raise Broken("its sets hold pictures of different sizes; make it again")
    return joined(sets)


def _mat_part(arrays: Mapping[str, npt.NDArray[Any] | None], part: str, source: str) -> Dataset:
    data, one_hot = (np.asarray(arrays[f"{part}_{kind}"]) for kind in ("data", "labels"))
    _check_size(data.shape)
    if data.ndim != 2 or one_hot.ndim != 2 or len(data) != len(one_hot) or not _is_number(data, one_hot):
        raise Broken(
            f"{part}_data is {data.dtype} {data.shape} and {part}_labels {one_hot.dtype} {one_hot.shape}, "
            "where numbers (pictures, pixels) and (pictures, classes) are wanted"
        )
    classes = {26: string.ascii_uppercase, 36: string.ascii_uppercase + string.digits}.get(one_hot.shape[1])
    if classes is None:
        raise Broken(f"{part}_labels has {one_hot.shape[1]} columns, where 26 (A-Z) or 36 (A-Z, 0-9) are wanted")
    if not (np.isin(one_hot, (0, 1)).all() and (one_hot.sum(axis=1) == 1).all()):
        raise Broken(f"{part}_labels must have one 1 in each row, and else 0")
    light = _unit(data, f"{part}_data")
    side = math.isqrt(light.shape[1])
    if side * side != light.shape[1] or not side:
        raise Broken(f"{part}_data has rows of {light.shape[1]} pixels, which make no square picture")
    upright = 1 - light.reshape(-1, side, side).transpose(0, 2, 1)
    labels = tuple(classes[number] for number in one_hot.argmax(axis=1).tolist())
    return _dataset(np.ascontiguousarray(upright), labels, source=source, parts=(part,) * len(labels))


def _is_number(*arrays: npt.NDArray[Any]) -> bool:
    return all(array.dtype.kind in "buif" for array in arrays)


def _unit(array: npt.NDArray[Any], name: str) -> Images:
    """Return brightness as float32, 0..1: whole numbers of 8 bits are divided by 255."""
    values = array.astype(np.float32)
    if array.dtype == np.uint8 and values.max(initial=0) > 1:
        values /= 255
    if not np.isfinite(values).all() or values.min(initial=0) < -1e-3 or values.max(initial=0) > 1 + 1e-3:
        raise Broken(f"{name} must hold brightness from 0 to 1, or whole numbers of 8 bits")
    return np.clip(values, 0, 1)


# Folders


def class_folder(label: str) -> str:
    """Return the name of a class's folder: the sign itself, or its code points where a file system would mix it up.

    Examples
    --------
    >>> class_folder("A"), class_folder("a"), class_folder("/")
    ('A', 'U+0061', 'U+002F')
    """
    plain = len(label) == 1 and label in string.ascii_uppercase + string.digits
    return label if plain else "U+" + "+".join(f"{ord(character):04X}" for character in label)


def _class_of(folder: str) -> str:
    """Return the label that a class's folder names."""
    codes = folder.removeprefix("U+").split("+")
    if not folder.startswith("U+"):
        return folder
    try:
        return "".join(chr(int(code, 16)) for code in codes)
    except (ValueError, OverflowError):
        return folder


def pictures_in(path: Path) -> list[Path]:
    """Return the PNGs of a folder's folders, in order."""
    folders = sorted(folder for folder in path.iterdir() if folder.is_dir())
    return [file for folder in folders for file in sorted(folder.iterdir()) if file.suffix.lower() == ".png"]


def read_pictures(path: Path, _wish: Wish) -> Dataset:
    """Read a folder with a folder of PNGs for each class; whatever their size, they come out alike."""
    files = pictures_in(path)
    pictures = [_read_png(file) for file in files]
    _check_size((len(pictures), *np.max([picture.shape for picture in pictures], axis=0)))
    labels = [_class_of(file.parent.name) for file in files]
    about = _read_truth(path / TRUTH)
    hands = [about.get(f"{file.parent.name}/{file.name}", "") for file in files]
    writers = tuple(hands) if all(hands) else None
    if len({picture.shape for picture in pictures}) == 1:
        return _dataset(_ink(np.stack(pictures)), labels, writers=writers, source=path.name)
    masks = [mask for picture in pictures for mask in masks_of(_ink(picture[None]))]
    crop = Crop(even_strokes=False)
    images = _square.batch(masks, crop.height, crop.width, crop.margin, even=False)
    return _dataset(images, labels, writers=writers, source=path.name, crop=crop)


def _read_png(path: Path) -> Images:
    """Read one picture: brightness, float32, 0..1; transparent is white."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if max(image.size) > _SIDE:
                raise Broken(f"a picture of one sign is at most {_SIDE} pixels wide and high; make it smaller", path)
            clear = image.convert("RGBA")
    except Broken:
        raise
    except Exception as error:  # a damaged picture makes Pillow raise whatever it meets
        raise Broken(f"it is no PNG, or damaged ({told(error)}); remove or replace it", path) from None
    white = Image.new("RGBA", clear.size, "white")
    return np.asarray(Image.alpha_composite(white, clear).convert("L"), np.float32) / np.float32(255)


def _ink(light: Images) -> Images:
    """Return pictures with 1 = ink: the ground is what most of their border shows, light or dark."""
    border = np.concatenate(
        [light[:, 0].ravel(), light[:, -1].ravel(), light[:, :, 0].ravel(), light[:, :, -1].ravel()]
    )
    return 1 - light if border.size and np.median(border) > 0.5 else light


def _read_truth(path: Path) -> dict[str, str]:
    """Return each file's writer, where a `TRUTH` file says them."""
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return {str(row["file"]): str(row["writer"]) for row in rows if row.get("writer")}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise Broken(f"each line must be a JSON object with file and writer ({told(error)}); mend it", path) from None


def save_folder(path: Path, dataset: Dataset) -> None:
    """Write a folder with a folder of PNGs for each class, dark on light, and beside them what is known of each.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    dataset : Dataset
    """
    count: dict[str, int] = {}
    rows = []
    for number, (image, label) in enumerate(zip(dataset.images, dataset.labels, strict=True)):
        count[label] = count.get(label, 0) + 1
        name = f"{class_folder(label)}/{count[label]:05d}.png"
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(((1 - image) * 255 + 0.5).astype(np.uint8)).save(path / name)
        rows.append({"file": name, "label": label, "writer": dataset.writers[number] if dataset.writers else ""})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (path / TRUTH).write_text(lines, "utf-8")


# npz


def read_npz(path: Path, _wish: Wish) -> Dataset:
    """Read arrays `images` (1 or 255 = ink, or dark on light) and `labels`; see `save_npz` for the others."""
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {info.filename.removesuffix(".npy"): _read_npy(archive, info) for info in archive.infolist()}
    except Broken:
        raise
    except Exception as error:  # a damaged archive makes zipfile raise whatever it meets
        raise Broken(f"it is no npz file, or damaged ({told(error)}); get it again") from None
    if not {"images", "labels"} <= set(arrays):
        held = ", ".join(sorted(arrays)) or "nothing"
        raise Broken(f"it holds {held}, where images (number, height, width) and labels (number) are wanted")
    images = arrays["images"]
    if images.ndim == 2 and math.isqrt(images.shape[1]) ** 2 == images.shape[1]:
        images = images.reshape(len(images), math.isqrt(images.shape[1]), -1)
    if images.ndim != 3 or not (images.dtype == np.uint8 or images.dtype.kind == "f") or not all(images.shape[1:]):
        raise Broken(
            f"images are {images.dtype} {images.shape}, where 8 bits or floats (number, height, width) are wanted"
        )
    writers = _texts(arrays, "writers")
    return _dataset(
        _ink(_unit(images, "images")),
        _texts(arrays, "labels") or (),
        writers=writers,
        source=" ".join(_texts(arrays, "source") or (path.name,)),
        licence=" ".join(_texts(arrays, "licence") or ()),
        parts=_texts(arrays, "parts"),
        crop=_npz_crop(arrays),
    )


def _read_npy(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """Read one array, if its header and the archive agree on its size."""
    with archive.open(info) as file:
        shape, fortran, dtype = _npy_header(file)
        if dtype.hasobject:
            raise Broken(f"its array {info.filename} holds pickled objects, which are never read; save plain arrays")
        _check_size(shape)
        size = math.prod(shape) * dtype.itemsize
        if any(length < 0 for length in shape) or size != info.file_size - file.tell():
            raise Broken(f"its array {info.filename} is not as large as its header says; get it again")
        raw = file.read()
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")


def _npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(file)
    return npy.read_array_header_1_0(file) if version == (1, 0) else npy.read_array_header_2_0(file)


def _texts(arrays: dict[str, npt.NDArray[Any]], name: str) -> tuple[str, ...] | None:
    if name not in arrays:
        return None
    array = arrays[name]
    if array.dtype.kind != "U" or array.ndim > 1:
        raise Broken(f"{name} is {array.dtype} {array.shape}, where a row of texts is wanted")
    try:
        return tuple(np.atleast_1d(array).tolist())
    except ValueError as error:
        raise Broken(f"{name} holds what is no text ({error}); get it again") from None


def _npz_crop(arrays: dict[str, npt.NDArray[Any]]) -> Crop | None:
    try:
        return Crop(**json.loads("".join(_texts(arrays, "crop") or ("null",))) or {}) if "crop" in arrays else None
    except (ValueError, TypeError, RecursionError):
        raise Broken("its crop is no JSON object that describes a crop; leave it out") from None


def save_npz(path: Path, dataset: Dataset) -> None:
    """Write a dataset as npz: images of 8 bits, 255 = ink, and texts; the same dataset gives the same bytes.

    Parameters
    ----------
    path : Path
    dataset : Dataset
    """
    others: dict[str, Any] = {"source": dataset.source, "licence": dataset.licence}
    if dataset.writers is not None:
        others["writers"] = np.array(dataset.writers)
    if dataset.parts is not None:
        others["parts"] = np.array(dataset.parts)
    if dataset.crop is not None:
        others["crop"] = json.dumps(vars(dataset.crop))
    images = (dataset.images * 255 + 0.5).astype(np.uint8)
    np.savez_compressed(path, images=images, labels=np.array(dataset.labels), **others)


# idx


EMNIST_BALANCED = string.digits + string.ascii_uppercase + "abdefghnqrt"
EMNIST_BYCLASS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def read_idx(path: Path, _wish: Wish) -> Dataset:
    """Read EMNIST's or MNIST's images with the labels beside them: ink is light on dark; EMNIST's are transposed."""
    shape, raw = _read_idx_array(path)
    other = _beside(path, to="labels" if len(shape) == 3 else "images")
    try:
        other_shape, other_raw = _read_idx_array(other)
    except Broken as error:
        raise Broken(str(error), other) from None
    if {len(shape), len(other_shape)} != {1, 3}:
        raise Broken("images (rank 3) and labels (rank 1) must stand beside each other; give such a pair")
    pictures, classes = (raw, other_raw) if len(shape) == 3 else (other_raw, raw)
    if len(pictures) != len(classes):
        raise Broken(f"there are {len(pictures)} images and {len(classes)} labels; give files that belong together")
    mnist = path.name.startswith(("train-", "t10k-"))
    upright = pictures if mnist else pictures.transpose(0, 2, 1)
    table = _class_table(path, classes)
    missing = sorted(set(np.unique(classes).tolist()) - set(table))
    if missing:
        raise Broken(f"label {missing[0]} stands for no sign; put EMNIST's ...-mapping.txt beside it")
    labels = [table[number] for number in classes.tolist()]
    return _dataset(upright.astype(np.float32) / np.float32(255), labels, source=path.name)


def _read_idx_array(path: Path) -> tuple[tuple[int, ...], npt.NDArray[np.uint8]]:
    """Read an idx file of bytes (LeCun's format: 0, 0, the type, the rank, then each length, big-endian)."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        magic = file.read(4)
        if magic[:3] != b"\0\0\x08" or magic[3] not in (1, 3):
            raise Broken("it is no idx file of images or labels; get it again")
        shape = tuple(int.from_bytes(file.read(4), "big") for _ in range(magic[3]))
        _check_size(shape)
        if any(side > _SIDE for side in shape[1:]) or 0 in shape[1:]:
            raise Broken(f"its pictures are {shape[1]} x {shape[2]} pixels, which no sign's are; get it again")
        raw = file.read(math.prod(shape) + 1)
    if len(raw) != math.prod(shape):
        many = "cut short" if len(raw) < math.prod(shape) else "longer than its header says"
        raise Broken(f"it is {many}; get it again")
    return shape, np.frombuffer(raw, np.uint8).reshape(shape)


def _beside(path: Path, to: str) -> Path:
    """Find the labels of images, or the images of labels, by their names."""
    old, new = ("labels", "images") if to == "images" else ("images", "labels")
    rank = ("idx1", "idx3") if to == "images" else ("idx3", "idx1")
    name = path.name.replace(old, new).replace(*rank)
    stem = name.removesuffix(".gz")
    for candidate in (name, stem, f"{stem}.gz"):
        if name != path.name and path.with_name(candidate).is_file():
            return path.with_name(candidate)
    raise Broken(f"it holds {old}, and the {new} that belong to it are not beside it (as {name}); put them there")


def _class_table(path: Path, classes: npt.NDArray[np.uint8]) -> dict[int, str]:
    """Say what sign each number stands for: by EMNIST's mapping beside it, else by which numbers there are."""
    first = path.name.split("-train-")[0].split("-test-")[0]
    mapping = path.with_name(f"{first}-mapping.txt")
    if mapping.is_file():
        try:
            rows = [[int(word) for word in line.split()] for line in mapping.read_text().splitlines() if line.strip()]
            return {row[0]: chr(row[1]) for row in rows}
        except (ValueError, IndexError, OverflowError):
            raise Broken("each line must be a class's number and its code point; get it again", mapping) from None
    low, high = (int(classes.min()), int(classes.max())) if len(classes) else (0, 0)
    if low >= 1 and 10 <= high <= 26:
        return dict(enumerate(string.ascii_uppercase, 1))
    return dict(enumerate(EMNIST_BALANCED if high < len(EMNIST_BALANCED) else EMNIST_BYCLASS))
