"""What a network takes for what: the confusion matrix of single signs, as numbers, text and picture."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ocrpipe.batch import make_folder
from ocrpipe.errors import ConfigError, InputError
from ocrpipe.files import write_whole
from ocrpipe.names import nearest
from ocrpipe.nn import WEIGHTS, Model, load_model
from ocrpipe.stages.classify import weights_path
from ocrpipe.train.dataset import Dataset, alike, merged, network_crops, ordered

__all__ = ["Confusion", "draw_matrix", "measure_confusion", "open_weights", "save_confusion"]

_BATCH = 1000  # crops read at once: a convnet's layers of more would fill the memory
_CELL = 20  # pixels

Matrix = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each sign was read as each.

    Attributes
    ----------
    truth, answers : tuple of str
        What the matrix's rows and columns stand for.
    matrix : ndarray of int64, shape (truth, answers)
        How many signs of the row were read as the column.
    left_out : dict
        How many signs of which class were not judged, for the network has no such class (or none was allowed).
    sets_apart : bool
        Whether the network has a class for what is no sign, "", which was no answer here.

    Examples
    --------
    >>> found = Confusion(("O", "0"), ("O", "0"), np.array([[7, 2], [0, 1]]))
    >>> found.count, found.accuracy, found.accuracy_merged
    (10, 0.8, 1.0)
    >>> found.pairs
    [{'truth': 'O', 'read': '0', 'count': 2, 'share': 0.2222}]
    """

    truth: tuple[str, ...]
    answers: tuple[str, ...]
    matrix: Matrix
    left_out: Mapping[str, int] = field(default_factory=dict)
    sets_apart: bool = False

    @property
    def count(self) -> int:
        """How many signs were judged."""
        return int(self.matrix.sum())

    @property
    def accuracy(self) -> float:
        """The share that was read rightly."""
        return self._share(lambda sign: sign)

    @property
    def merged(self) -> tuple[str, ...]:
        """The groups of answers that no single glyph can tell from one another (`dataset.ALIKE`), such as ``O0``."""
        return alike(self.answers)

    @property
    def accuracy_merged(self) -> float:
        """The accuracy with the signs of each group of `merged` taken as one."""
        one = merged(self.answers)
        return self._share(lambda sign: one.get(sign, sign))

    def _share(self, meaning: Callable[[str], str]) -> float:
        right = np.equal.outer(
            np.array([meaning(sign) for sign in self.truth], object),
            np.array([meaning(sign) for sign in self.answers], object),
        ).astype(bool)
        return round(float(self.matrix[right].sum() / max(self.count, 1)), 6)

    @property
    def pairs(self) -> list[dict[str, Any]]:
        """Every mistake that was made, the commonest first, with its share of the signs of that truth."""
        rows = np.maximum(self.matrix.sum(axis=1), 1)
        found = [
            {
                "truth": self.truth[i],
                "read": self.answers[j],
                "count": int(self.matrix[i, j]),
                "share": round(float(self.matrix[i, j] / rows[i]), 4),
            }
            for i, j in np.argwhere(self.matrix > 0).tolist()
            if self.truth[i] != self.answers[j]
        ]
        return sorted(found, key=lambda pair: (-pair["count"], pair["truth"], pair["read"]))

    def summary(self) -> dict[str, Any]:
        """Return the figures as what JSON can hold, without the matrix."""
        return {
            "count": self.count,
            "accuracy": self.accuracy,
            "accuracy_merged": self.accuracy_merged,
            "merged": self.merged,
            "left_out": sum(self.left_out.values()),
            "left_out_classes": dict(self.left_out),
            "among_signs_alone": self.sets_apart,
            "pairs": self.pairs,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return all there is to say as what JSON can hold."""
        return self.summary() | {"truth": self.truth, "answers": self.answers, "matrix": self.matrix.tolist()}

    def told(self, most: int = 15) -> str:
        """Return the figures and the worst pairs in words."""
        lines = [f"{self.count} signs: {self.accuracy:.4f} read rightly"]
        if self.merged:
            groups = ", ".join("/".join(group) for group in self.merged)
            lines[0] += f", {self.accuracy_merged:.4f} with {groups} as one"
        if self.left_out:
            signs = " ".join(self.left_out)
            lines.append(f"{sum(self.left_out.values())} more were left out, for they can be no answer: {signs}")
        if self.sets_apart:
            lines.append('that a crop is no sign, which this network knows (""), was no answer either')
        worst = self.pairs[:most]
        lines += ["worst pairs:"] if worst else []
        lines += [f"  {p['truth']} read as {p['read']}: {p['count']:5d} ({p['share']:.1%})" for p in worst]
        return "\n".join(lines) + "\n"

    def table(self) -> str:
        """Return the matrix as text: a row a truth, a column an answer, a dot for none."""
        wide = max(len(str(int(self.matrix.max(initial=0)))), *map(len, (*self.answers, *self.truth))) + 1
        head = " " * wide + "".join(f"{sign:>{wide}}" for sign in self.answers)
        rows = [
            f"{sign:>{wide}}" + "".join(f"{number or '.':>{wide}}" for number in row)
            for sign, row in zip(self.truth, self.matrix.tolist(), strict=True)
        ]
        return "\n".join([head, *rows]) + "\n"


def open_weights(weights: str) -> Model:
    """Load a network: a shipped one by its name, or a file.

    Raises
    ------
    ConfigError
        If there is none of that name.
    InputError
        If the file is damaged.
    """
    path = weights_path(weights)
    if not path.is_file():
        shipped = sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))
        hint = nearest(weights, shipped) or f"; shipped are {', '.join(shipped)}; or give a .safetensors file"
        raise ConfigError(f"there are no weights {weights}{hint}")
    try:
        return load_model(path)
    except ValueError as error:
        raise InputError(str(error)) from None


def measure_confusion(model: Model, dataset: Dataset, classes: Sequence[str] | None = None) -> Confusion:
    """Read a dataset's signs, each alone, and count what was taken for what.

    Parameters
    ----------
    model : Model
        Its answer is the likeliest sign; that a crop shows none is no answer here.
    dataset : Dataset
        Its pictures are made the crops that the network wants.
    classes : sequence of str, optional
        The only answers allowed; signs of other classes are left out.

    Raises
    ------
    InputError
        If no sign of the data is one that the network may answer.
    """
    allowed = [
        number for number, label in enumerate(model.labels) if label and (classes is None or label in set(classes))
    ]
    answers = ordered(model.labels[number] for number in allowed)
    known = dataset.where(set(answers).__contains__)
    if not len(known):
        raise InputError(
            f"{dataset.source or 'the data'}: it shows {_some(dataset.classes)}, and the network may answer "
            f"{_some(answers)}: give other data, weights or classes"
        )
    crops = network_crops(known, model.crop)
    best = np.concatenate(
        [
            model.probabilities(crops[first : first + _BATCH])[:, allowed].argmax(axis=1)
            for first in range(0, len(crops), _BATCH)
        ]
    )
    place = {sign: number for number, sign in enumerate(answers)}
    truth = known.classes
    row = {sign: number for number, sign in enumerate(truth)}
    matrix = np.zeros((len(truth), len(answers)), np.int64)
    columns = np.array([place[model.labels[number]] for number in allowed])[best]
    np.add.at(matrix, (np.array([row[label] for label in known.labels]), columns), 1)
    others = Counter(label for label in dataset.labels if label not in row)
    left_out = {label: others[label] for label in ordered(others)}
    return Confusion(truth, answers, matrix, left_out, "" in model.labels)


def _some(signs: Sequence[str]) -> str:
    return " ".join(signs[:12]) + (" ..." if len(signs) > 12 else "") if signs else "nothing"


def draw_matrix(found: Confusion, title: str = "") -> Image.Image:
    """Draw the matrix: rightly read is green, mistakes are red, the darker the commoner among the signs of its row.

    Parameters
    ----------
    found : Confusion
    title : str
        Written above.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.
    """
    share = found.matrix / np.maximum(found.matrix.sum(axis=1, keepdims=True), 1)
    right = np.array([[truth == answer for answer in found.answers] for truth in found.truth])
    strength = np.where(right, share, np.sqrt(share))[..., None]  # few mistakes are to be seen, too
    full = np.where(right[..., None], (22, 120, 60), (180, 20, 30))
    colours = (255 - strength * (255 - full) + 0.5).astype(np.uint8)
    rows, columns = share.shape
    left, top = 3 * _CELL, 4 * _CELL
    image = Image.new("RGB", (left + columns * _CELL + _CELL, top + rows * _CELL + _CELL), "white")
    cells = Image.fromarray(colours).resize((columns * _CELL, rows * _CELL), Image.Resampling.NEAREST)
    image.paste(cells, (left, top))
    pen, small, large = ImageDraw.Draw(image), ImageFont.load_default(13), ImageFont.load_default(14)
    for n in range(columns + 1):
        pen.line((left + n * _CELL, top, left + n * _CELL, top + rows * _CELL), "#dddddd")
    for n in range(rows + 1):
        pen.line((left, top + n * _CELL, left + columns * _CELL, top + n * _CELL), "#dddddd")
    for n, sign in enumerate(found.truth):
        pen.text((left - _CELL / 2, top + (n + 0.5) * _CELL), sign, "black", small, anchor="mm")
    for n, sign in enumerate(found.answers):
        pen.text((left + (n + 0.5) * _CELL, top - _CELL / 2), sign, "black", small, anchor="mm")
    pen.text((left, _CELL), title, "black", large, anchor="lm")
    pen.text(
        (left, 2 * _CELL), f"read as (of {found.count}, {found.accuracy:.1%} rightly)", "black", small, anchor="lm"
    )
    down = Image.new("RGB", (4 * _CELL, _CELL), "white")
    ImageDraw.Draw(down).text((2 * _CELL, _CELL / 2), "written", "black", small, anchor="mm")
    image.paste(down.rotate(90, expand=True), (_CELL // 4, top))
    return image


def save_confusion(folder: Path, found: Confusion, title: str, about: dict[str, Any]) -> list[Path]:
    """Write the matrix as picture, JSON and text into a folder, and return the files.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    found : Confusion
    title : str
        For the picture and the text.
    about : dict
        What the JSON says besides.
    """
    picture = io.BytesIO()
    draw_matrix(found, title).save(picture, "PNG", optimize=True)
    files = {
        "confusion.png": picture.getvalue(),
        "confusion.json": (json.dumps(about | found.as_dict(), ensure_ascii=False) + "\n").encode(),
        "confusion.txt": f"{title}\n\n{found.told(most=len(found.pairs))}\n{found.table()}".encode(),
    }
    make_folder(folder)
    for name, raw in files.items():
        write_whole(folder / name, raw)
    return [folder / name for name in files]
