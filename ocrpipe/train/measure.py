"""How well a network reads letters, and how well it tells good cuts from bad ones."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.nn import Model, load_model
from ocrpipe.stages import _square
from ocrpipe.train.cuts import BARS, Artist

__all__ = ["HARD", "auc", "confusions", "crops_for", "letter_confidences", "measure"]

Mask = npt.NDArray[np.bool_]

HARD = ("O0", "I1", "S5", "Z2", "B8", "G6")
"""Pairs that many hands write alike, and a later stage settles by their neighbours."""


def crops_for(model: Model, masks: list[Mask]) -> npt.NDArray[np.float32]:
    """Make the crops that a model wants."""
    crop = model.crop
    crops = _square.batch(masks, crop.height, crop.width, crop.margin, even=crop.even_strokes)
    return 1 - crops if crop.polarity == "dark" else crops


def letter_confidences(
    model: Model, masks: list[Mask]
) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.floating[Any]]]:
    """Give each mask's largest probability of one letter, and its probability of being any, both of shape (n,)."""
    probabilities = model.probabilities(crops_for(model, masks))
    letters = probabilities[:, [bool(label) for label in model.labels]]
    return letters.max(axis=1), letters.sum(axis=1)


def auc(higher: npt.NDArray[np.floating[Any]], lower: npt.NDArray[np.floating[Any]]) -> float:
    """Give the chance that one of `higher` is above one of `lower` (the area under the ROC curve).

    Examples
    --------
    >>> auc(np.array([0.9, 0.6]), np.array([0.1, 0.7]))
    0.75
    """
    ordered = np.sort(lower)
    ranks = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(ranks.mean() / (2 * len(ordered)))


def confusions(truth: list[str], read: list[str], most: int = 15) -> list[tuple[str, int]]:
    """List the commonest mistakes as ``"A>R"`` with their number.

    Examples
    --------
    >>> confusions(["A", "A", "B"], ["R", "R", "B"])
    [('A>R', 2)]
    """
    wrong = Counter(f"{a}>{b}" for a, b in zip(truth, read, strict=True) if a != b)
    return wrong.most_common(most)


def _alike(label: str) -> str:
    return next((pair[0] for pair in HARD if label in pair), label)


def measure(model: Model, artist: Artist, number: int = 20000, seed: int = 0) -> dict[str, Any]:
    """Measure a model on scenes of writers and fonts that it has not seen.

    Parameters
    ----------
    model : Model
    artist : Artist
        Of test writers and test fonts.
    number : int
        Letters drawn; of junk and pairs there are fewer.
    seed : int
        The same seed, the same scenes.

    Returns
    -------
    dict
        `letters`: share of letters read rightly, the reject class left out; `letters_alike`: with `HARD` taken as
        one; `log_loss`: of letters, in nats; `clean`, `clean_alike`: as the first two, of handwriting drawn without
        any distortion; `confusions`: the commonest. With a reject class also
        `kept`: letters not taken for junk; `refused`: junk not taken for a letter; `auc`: letters against junk by the
        probability of ""; `pairs_cut`: touching pairs where the halves win by the geometric mean of their
        confidences (the best letter's probability); `letters_whole`: letters that win over their own halves, I, 1 and
        other bars and dots left out; `..._by_any`: the same, by the probability of any letter.
    """
    rng = np.random.default_rng(seed)
    masks, truth = replace(artist, junk_share=0.0).draw(number, rng)
    found, read = _read(model, masks)
    own = found[np.arange(number), [model.labels.index(label) for label in truth]]
    clean, clean_truth = Artist(artist.samples, plain=True, labels=artist.labels).draw(number // 2, rng)
    clean_read = _read(model, clean)[1]
    figures: dict[str, float] = {
        "letters": _share(truth, read),
        "letters_alike": _share(map(_alike, truth), map(_alike, read)),
        "clean": _share(clean_truth, clean_read),
        "clean_alike": _share(map(_alike, clean_truth), map(_alike, clean_read)),
        "log_loss": float(-np.log(np.maximum(own, 1e-12)).mean()),
    }
    if "" in model.labels:
        none = model.labels.index("")
        junk = _read(model, replace(artist, junk_share=1.0).draw(number // 4, rng)[0])[0]
        figures["kept"] = float((found.argmax(axis=1) != none).mean())
        figures["refused"] = float((junk.argmax(axis=1) == none).mean())
        figures["auc"] = auc(junk[:, none], found[:, none])
        figures |= _rivals(model, artist, number // 10, rng)
    rounded: dict[str, Any] = {key: round(value, 4) for key, value in figures.items()}
    return rounded | {"confusions": confusions(truth, read)}


def _read(model: Model, masks: list[Mask]) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Give the probabilities (n, labels), and the likeliest letter of each."""
    found = model.probabilities(crops_for(model, masks))
    only = [n for n, label in enumerate(model.labels) if label]
    return found, [model.labels[only[n]] for n in found[:, only].argmax(axis=1)]


def _share(truth: Iterable[str], read: Iterable[str]) -> float:
    return float(np.mean([a == b for a, b in zip(truth, read, strict=True)]))


def _rivals(model: Model, artist: Artist, number: int, rng: np.random.Generator) -> dict[str, float]:
    """Let pairs and their halves compete, and letters and theirs."""
    pairs = [artist.pair(rng)[:3] for _ in range(number)]
    letters, labels = replace(artist, junk_share=0.0).draw(number, rng)
    wide = [mask for mask, label in zip(letters, labels, strict=True) if label not in BARS]
    triples = {"pairs_cut": pairs, "letters_whole": [(*artist.halves(mask, rng), mask) for mask in wide]}
    figures: dict[str, float] = {}
    for name, some in triples.items():
        sound = [three for three in some if three[0].any() and three[1].any()]
        left, right, whole = (letter_confidences(model, list(part)) for part in zip(*sound, strict=True))
        for kind, ending in ((0, ""), (1, "_by_any")):
            cut = np.sqrt(left[kind] * right[kind]) > whole[kind]
            figures[name + ending] = float((cut if name == "pairs_cut" else ~cut).mean())
    return figures


def main(arguments: list[str] | None = None) -> None:
    """Measure a weights file: ``python -m ocrpipe.train.measure --data DIR --weights FILE``."""
    from ocrpipe.train.scenes import Plan, artists

    parser = argparse.ArgumentParser(description="Measure a weights file on writers and fonts it has not seen.")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the unipen-*.jsonl.gz")
    parser.add_argument("--fonts", type=Path, help="a folder of TrueType fonts")
    parser.add_argument("--weights", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    model = load_model(chosen.weights)
    plan = Plan((), model.crop, 1, 1, 1, 1, model.labels)
    figures = measure(model, artists(chosen.data, chosen.fonts, plan)[1])
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
