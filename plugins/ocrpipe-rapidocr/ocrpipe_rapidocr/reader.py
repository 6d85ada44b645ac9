"""Text by the PP-OCR recogniser, its columns of probabilities decoded greedily (CTC: Graves et al., ICML 2006)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocrpipe import Reading, Span
from ocrpipe_rapidocr.session import Floats, Session

NARROWEST = 320
"""Batches are at least so wide, pixels: so the network was taught."""

DIGITS, SUREST = 4, 0.9999
"""Decimals of a confidence, and what it is at most: rounding must not make a certainty."""

BLANK = 0
"""The class that stands between letters."""


class Reader:
    """Reads crops of lines.

    Parameters
    ----------
    path
        The network's file; its metadata hold the letters that it knows.
    threads
        Threads that it may use.
    batch
        How many crops it reads at a time.
    """

    def __init__(self, path: Path, threads: int, batch: int) -> None:
        self.network = Session(path, threads)
        self.batch = batch
        known = self.network.metadata("character").splitlines()
        if not known:
            raise ValueError(f"{path} does not say which letters it knows: it is no recogniser of RapidOCR's")
        self.letters = ["", *known, " "]

    def readings(self, crops: Floats, widths: NDArray[np.int32]) -> list[Reading]:
        """Return what stands in each crop.

        Parameters
        ----------
        crops
            float32 (number, 48, width), ink 0 and ground 1.
        widths
            How many columns of each are no padding.
        """
        readings: list[Reading] = [Reading(text="")] * len(crops)
        order = np.argsort(widths, kind="stable")  # crops of about one width together: padding costs time
        for start in range(0, len(order), self.batch):
            chosen = order[start : start + self.batch]
            wide = max(int(widths[chosen].max()), NARROWEST)
            given = np.zeros((len(chosen), 3, crops.shape[1], wide), np.float32)
            for image, item in zip(given, chosen, strict=True):
                image[:, :, : widths[item]] = crops[item, :, : widths[item]] * 2 - 1
            probabilities = self.network(given)
            best, sure = probabilities.argmax(axis=2), probabilities.max(axis=2)
            for item, classes, confidences in zip(chosen.tolist(), best, sure, strict=True):
                readings[item] = self.decoded(classes, confidences, wide / len(classes), int(widths[item]))
        return readings

    def decoded(self, classes: NDArray[np.intp], sure: Floats, column: float, width: int) -> Reading:
        """Return the reading of one crop.

        Parameters
        ----------
        classes, sure
            The likeliest class in each column of the network's answer, and its probability.
        column
            How many pixels of the crop such a column stands for.
        width
            How wide the crop is, pixels.
        """
        new = classes != BLANK
        new[1:] &= classes[1:] != classes[:-1]
        columns = np.flatnonzero(new)
        letters = [self.letters[kind] for kind in classes[columns]]
        confidences = [min(round(float(value), DIGITS), SUREST) for value in sure[columns]]
        text = "".join(letters).strip()
        if not text:
            return Reading(text="")
        edges = edges_of((columns.astype(np.float64) + 0.5) * column, width)
        spans = tuple(
            Span(text=letter, x0=x0, x1=x1, confidence=confidence)
            for letter, (x0, x1), confidence in zip(letters, edges, confidences, strict=True)
            if not letter.isspace()
        )
        return Reading(text=text, confidence=round(sum(confidences) / len(confidences), DIGITS), spans=spans)


def edges_of(middles: NDArray[np.float64], width: int) -> list[tuple[float, float]]:
    """Return from where to where letters reach whose middles are known: half way to their neighbours.

    The outermost reach as far outwards as inwards, and none further than one and a half times the usual.

    Examples
    --------
    >>> edges_of(np.array([10.0, 20.0, 60.0, 70.0]), width=74)
    [(5.0, 15.0), (15.0, 27.5), (52.5, 65.0), (65.0, 74.0)]
    """
    gaps = np.diff(middles) / 2
    usual = float(np.median(gaps)) if len(gaps) else width / 2
    most = 1.5 * usual
    before, after = np.append(usual, gaps), np.append(gaps, usual)
    starts, ends = middles - np.minimum(before, most), middles + np.minimum(after, most)
    return list(zip(np.clip(starts, 0, width).tolist(), np.clip(ends, 0, width).tolist(), strict=True))
