"""Read data to train and measure on: whatever the file is, it becomes a `Dataset`.

What a file is, its first bytes say and not its name:

- NIST36 and NIST26, the course's MATLAB files;
- handwriting kept as pen strokes, JSON lines, gzipped or not (`ocrpipe.train.strokes`);
- a folder with a folder of PNGs for each class;
- npz, never with pickled objects;
- EMNIST's and MNIST's idx files, gzipped or not;
- a folder of MATLAB, strokes and npz files, which are joined.

>>> import tempfile
>>> from pathlib import Path
>>> with tempfile.TemporaryDirectory() as folder:
...     line = '{"label": "L", "writer": "ann", "strokes": [[[0, 0], [0, 9], [5, 9]]]}'
...     _ = (Path(folder) / "strokes.jsonl").write_text(line)
...     data = read_data(Path(folder) / "strokes.jsonl")
>>> data.images.shape, data.labels, data.writers
((1, 32, 32), ('L',), ('ann',))
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

from ocrpipe.errors import InputError, told
from ocrpipe.nn import Crop
from ocrpipe.train.dataset import Dataset, Split, joined, network_crops, ordered, split
from ocrpipe.train.formats import (
    ACCEPTED,
    Broken,
    Wish,
    pictures_in,
    read_idx,
    read_mat,
    read_npz,
    read_pictures,
    read_strokes,
)

__all__ = ["Dataset", "Split", "joined", "network_crops", "ordered", "read_data", "split"]

FILES = (".mat", ".jsonl", ".jsonl.gz", ".npz")
"""How the names of the files end that are read in a folder; a file that is named itself may be called anything."""


def read_data(
    path: Path,
    crop: Crop | None = None,
    *,
    seed: int = 0,
    varied: bool = False,
    writers: Callable[[str], bool] | None = None,
) -> Dataset:
    """Read a file or folder of labelled signs.

    Parameters
    ----------
    path : Path
        Of any kind that this module's text lists.
    crop : Crop, optional
        How strokes, which have no size of their own, are drawn and cropped (default: as the shipped networks want it).
        Pictures stay as they are: `network_crops` makes a network's crops of them.
    seed : int
        Decides how strokes are drawn.
    varied : bool
        Draw strokes with pens, slants, sizes and wobbles of all kinds, as pages show them; else with the pen's width
        alone changing.
    writers : callable, optional
        Which writers are wanted (a test of the name), where the writers are known; others are not read.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If the file is of another kind, damaged, or empty; the message says what, where, and what is accepted.
    """
    path = Path(path)
    wish = Wish(crop or Crop(), seed, varied, writers)
    try:
        if path.is_dir() and (files := _files_in(path)):
            return joined([read_data(file, crop, seed=seed, varied=varied, writers=writers) for file in files])
        dataset = _reader(path)(path, wish)
    except Broken as error:
        raise InputError(f"{error.path or path}: {error}") from None
    except EOFError:
        raise InputError(f"{path}: it is cut short; get it again") from None
    except (OSError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({told(error)}); get it again") from None
    except MemoryError:
        raise InputError(f"{path}: it is too large for this machine's memory; give a smaller part of it") from None
    if writers is not None and dataset.writers is not None:
        dataset = dataset.take([n for n, writer in enumerate(dataset.writers) if writers(writer)])
    if not len(dataset):
        raise InputError(f"{path}: it holds no signs{' of the wanted writers' if writers else ''}; give other data")
    return dataset


def _files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are data, unless it holds folders of PNGs."""
    files = sorted(file for file in folder.iterdir() if file.name.endswith(FILES) and file.is_file())
    return [] if pictures_in(folder) else files


def _reader(path: Path) -> Callable[[Path, Wish], Dataset]:
    """Tell what a file is by its first bytes."""
    if path.is_dir():
        if pictures_in(path):
            return read_pictures
        raise Broken(f"the folder holds no data; {ACCEPTED}")
    if not path.is_file():
        raise Broken("there is no such file or folder" if not path.exists() else f"it is no plain file; {ACCEPTED}")
    with path.open("rb") as file:
        first = file.read(512)
    if not first:
        raise Broken("it is empty; get it again")
    if first.startswith(b"\x1f\x8b"):
        with gzip.open(path) as unpacked:
            first = unpacked.read(512)
    if first.startswith(b"MATLAB 5.0"):
        return read_mat
    if first.startswith((b"\x89HDF", b"MATLAB 7.3")):
        raise Broken("a MATLAB 7.3 (HDF5) file is not read here; save it with `save -v7`, or as npz")
    if first.startswith(b"PK\x03\x04"):
        return read_npz
    if first.startswith((b"\x00\x00\x08\x03", b"\x00\x00\x08\x01")):
        return read_idx
    if first.lstrip().startswith(b"{"):
        return read_strokes
    raise Broken(f"what kind of data this is cannot be told; {ACCEPTED}")
