"""Make the plots of docs/networks.md, from the built-in font and made-up numbers: `python docs/networks/make.py`.

It takes half a minute of one core. The figures that the text quotes go to stdout. Every number is seeded; what is left
of chance is the last digits, which differ between machines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from ocrpipe import BinaryPage, Box, Source
from ocrpipe.nn import STARTS, Crop, Dense, Network, one_hot, psnr, relu, sigmoid, softmax, tanh
from ocrpipe.stages.segment import Boxes
from ocrpipe.train.dataset import Dataset, split
from ocrpipe.train.engine import Lesson, Training
from ocrpipe.train.pictures import pairs
from ocrpipe.train.recipe import AutoencoderRecipe, Recipe
from ocrpipe.train.synth import draw_glyphs, fonts_in

HERE = Path(__file__).parent
CLASSES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
BLUE, RED, GREEN, GREY = "#3b6fb6", "#d1603d", "#3f8f5b", "#777777"

Array = npt.NDArray[np.floating[Any]]


def say(text: str) -> None:
    """Print a figure that the text quotes."""
    sys.stdout.write(text + "\n")


def save(figure: Figure, name: str) -> None:
    """Write a figure as a small PNG."""
    figure.savefig(HERE / name, dpi=110)
    Image.open(HERE / name).convert("RGB").quantize(128).save(HERE / name, optimize=True)


def plain(axes: Axes, title: str, below: str) -> None:
    """Give axes their titles and no frame."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(below)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def glyphs() -> tuple[Dataset, Dataset]:
    """Draw glyphs to train and to validate on."""
    crop = Crop(even_strokes=False)
    parts = split(draw_glyphs(fonts_in(Path("builtin")), CLASSES, 120, seed=1, crop=crop), valid=0.2, test=0)
    return parts.train, parts.valid


def lesson(train: Dataset, valid: Dataset) -> Lesson:
    """Make of them what a network of classes learns; ink is 0, as in the course."""
    x, valid_x = (1 - part.images.reshape(len(part), -1) for part in (train, valid))
    targets, valid_targets = (
        one_hot(np.array([CLASSES.index(label) for label in part.labels]), len(CLASSES)) for part in (train, valid)
    )
    return Lesson(x, targets, valid_x, valid_targets, "accuracy")


def trained(recipe: Recipe, what: Lesson) -> Training:
    """Train to the last epoch."""
    training = Training(recipe, what)
    while not training.done:
        training.epoch()
    return training


def draw_rates(what: Lesson) -> Network:
    """Draw the curves of three rates; return the network of the middle one."""
    figure = Figure(figsize=(8.4, 5), layout="constrained")
    grid = figure.subplots(2, 3, sharex=True, sharey="row")
    networks = []
    for column, rate in enumerate((0.05, 0.002, 0.00008)):
        training = trained(Recipe(rate=rate, polarity="dark"), what)
        networks.append(training.network)
        epochs = [line["epoch"] for line in training.history]
        for row, key in enumerate(("loss", "accuracy")):
            axes = grid[row][column]
            for name, heading, colour in (("train", "training", BLUE), ("valid", "validation", RED)):
                curve = [line[f"{name}_{key}"] for line in training.history]
                axes.plot(epochs, curve, color=colour, label=heading, linewidth=1.2)
                say(f"rate {rate}: {heading} {key} {curve[-1]:.3f}")
            plain(axes, f"rate {np.format_float_positional(rate)}" if row == 0 else "", "epoch" if row else "")
            if column == 0:
                axes.set_ylabel(key)
    for rate in (0.1, 0.02):
        last = trained(Recipe(rate=rate, polarity="dark"), what).history[-1]
        say(f"rate {rate}, not drawn: validation accuracy {last['valid_accuracy']:.3f}")
    grid[0][0].set_ylim(0, 4.2)
    grid[1][0].set_ylim(0, 1)
    grid[0][0].legend(frameon=False, fontsize=8)
    save(figure, "rates.png")
    return networks[1]


def draw_zero(what: Lesson) -> None:
    """Draw how far networks come that start at zero."""
    figure = Figure(figsize=(7, 2.9), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for place, activation in zip(axes, ("sigmoid", "tanh"), strict=True):
        for start, colour in (("xavier", BLUE), ("zeros", RED)):
            training = trained(Recipe(activation=activation, start=start, epochs=25, polarity="dark"), what)
            curve = [line["valid_accuracy"] for line in training.history]
            place.plot(range(1, 26), curve, color=colour, label=f"start: {start}")
            first = training.network.layers[0].weight
            apart = float(np.ptp(first, axis=1).max())
            say(f"zero: {activation} {start}: {curve[-1]:.3f}, units differ by at most {apart:.2g}")
        plain(place, f"64 hidden units, {activation}", "epoch")
    axes[0].set_ylabel("validation accuracy")
    axes[0].set_ylim(0, 1)
    axes[0].legend(frameon=False, fontsize=8)
    save(figure, "zero.png")


def through(scale: str | float, activation: str, depth: int = 10, side: int = 256) -> tuple[list[float], list[float]]:
    """Send random signals through layers and random gradients back; return each layer's standard deviations.

    A scale is a start's name, or the standard deviation itself.
    """
    rng = np.random.default_rng(0)
    layers = [
        Dense(
            rng.normal(0, scale, (side, side)) if isinstance(scale, float) else STARTS[scale](side, side, rng),
            np.zeros(side),
            activation,
        )
        for _ in range(depth)
    ]
    signals: list[Array] = [rng.normal(0, 1, (500, side))]
    for layer in layers:
        signals.append(layer.forward(signals[-1]))
    gradients: list[Array] = [rng.normal(0, 1, (500, side))]
    for number in reversed(range(depth)):
        gradients.append(layers[number].backward(signals[number], signals[number + 1], gradients[-1])[0])
    return [float(one.std()) for one in signals], [float(one.std()) for one in reversed(gradients)]


def draw_starts(ways: Sequence[tuple[str | float, str, str, str]]) -> None:
    """Draw how signals and gradients grow or fade, layer by layer."""
    figure = Figure(figsize=(8, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    for scale, activation, label, colour in ways:
        forward, back = through(scale, activation)
        style = "--" if activation == "relu" else "-"
        left.plot(forward, style, marker=".", color=colour, label=label)
        right.plot(back, style, marker=".", color=colour, label=label)
        say(f"start: {label}: signal {forward[-1] / forward[0]:.2g}, gradient {back[0] / back[-1]:.2g} of the first")
    for axes, title in ((left, "forward: standard deviation of signals"), (right, "back: of gradients")):
        plain(axes, title, "layer")
        axes.set_yscale("log")
    left.legend(frameon=False, fontsize=8)
    save(figure, "start.png")


def draw_fading() -> None:
    """Draw the activations, their slopes, and what is left of a gradient that went back through ten layers."""
    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right, deep = figure.subplots(1, 3)
    x = np.linspace(-5, 5, 401)
    y = sigmoid(x)
    left.plot(x, y, color=RED, label="sigmoid")
    right.plot(x, y * (1 - y), color=RED)
    y = tanh(x)
    left.plot(x, y, color=BLUE, label="tanh")
    right.plot(x, 1 - y * y, color=BLUE)
    left.plot(x, relu(x), "--", color=GREEN, label="ReLU")
    right.plot(x, np.where(x > 0, 1.0, 0.0), "--", color=GREEN)
    left.set_ylim(-1.2, 2)
    right.set_ylim(-0.05, 1.1)
    plain(left, "what a unit gives", "its sum")
    plain(right, "its slope", "its sum")
    for scale, activation, style, colour in (
        ("xavier", "sigmoid", "-", RED),
        ("xavier", "tanh", "-", BLUE),
        ("he", "relu", "--", GREEN),
    ):
        _, back = through(scale, activation)
        deep.plot(back, style, marker=".", color=colour)
        say(f"fading: {activation}: {back[0] / back[-1]:.2g} of the gradient is left")
    deep.set_yscale("log")
    plain(deep, "gradient, on its way from 10 to 0", "layer")
    left.legend(frameon=False, fontsize=8)
    save(figure, "fading.png")


def finder_page() -> Image.Image:
    """Draw a page that the plain letter finder does not suit: a line for each assumption."""
    page = Image.new("L", (460, 430), 255)
    brush = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(64), ImageFont.load_default(17)
    brush.text((30, 5), "GOOD", 0, large)
    for number, letter in enumerate("TOUCH"):
        brush.text((30 + 35 * number, 90), letter, 0, large)
    brush.text((30, 175), "BROKEN", 0, large)
    for x in (52, 140, 225):
        brush.line((x, 175, x, 250), fill=255, width=7)
    brush.text((30, 265), "i j = :", 0, large)
    brush.text((250, 290), "SMALL LETTERS", 0, small)
    brush.text((30, 345), "RULED", 0, large)
    brush.line((20, 390, 300, 390), fill=0, width=3)
    brush.text((430, 100), "E", 0, large)
    brush.ellipse((350, 200, 420, 240), fill=0)
    return page


def draw_finder() -> None:
    """Draw what the plain letter finder makes of that page."""
    page = finder_page()
    found = boxes(page)
    out = page.convert("RGB")
    brush = ImageDraw.Draw(out)
    for box in found:
        brush.rectangle((box.x0 - 2, box.y0 - 2, box.x1 + 1, box.y1 + 1), outline=(209, 96, 61), width=2)
    out.quantize(32).save(HERE / "finder.png", optimize=True)
    say(f"finder: {len(found)} boxes")


def boxes(page: Image.Image) -> list[Box]:
    """Return what the plain letter finder finds."""
    gray = np.array(page)
    binary = BinaryPage(source=Source(width=page.width, height=page.height), gray=gray, ink=gray < 128)
    return [region.box for region in Boxes().segment(binary).regions]


def draw_pairs(train: Dataset, valid: Dataset, reader: Network) -> None:
    """Draw what an autoencoder gives back, and tell what it lost; `reader` reads both."""
    x, seen = (part.images.reshape(len(part), -1) for part in (train, valid))
    recipe = AutoencoderRecipe(epochs=250, decay_every=60)
    back = trained(recipe, Lesson(x, x, seen, seen, "psnr")).network.scores(seen)
    mean = x.mean(axis=0)
    directions = np.linalg.svd(x - mean, full_matrices=False)[2][:32]
    principal = (seen - mean) @ directions.T @ directions + mean
    say(f"autoencoder: {psnr(seen, back):.2f} dB; 32 principal components {psnr(seen, principal):.2f}; "
        f"mean glyph {psnr(seen, np.broadcast_to(mean, seen.shape)):.2f}")  # fmt: skip
    truth = np.array([CLASSES.index(label) for label in valid.labels])
    for name, shown in (("originals", seen), ("given back", back)):
        read = softmax(reader.scores(1 - shown)).argmax(axis=1)
        between = float(((shown > 0.2) & (shown < 0.8)).mean())
        say(f"{name}: read rightly {(read == truth).mean():.3f}; neither ink nor blank {between:.3f}")
    loss = np.square(seen - back).mean(axis=1)
    worst = sorted(((float(loss[truth == n].mean()), label) for n, label in enumerate(CLASSES)), reverse=True)
    say("autoencoder: worst " + " ".join(label for _, label in worst[:6]))
    say("autoencoder: best " + " ".join(label for _, label in worst[-6:]))
    chosen = [n for n, label in enumerate(valid.labels) if label in "BEGMQRWI"]
    labels = [valid.labels[n] for n in chosen]
    picture = pairs(seen[chosen].reshape(-1, 32, 32), back[chosen].reshape(-1, 32, 32), labels, across=4)
    picture.quantize(32).save(HERE / "pairs.png", optimize=True)


def main() -> None:
    """Make them all."""
    train, valid = glyphs()
    what = lesson(train, valid)
    say(f"glyphs: {len(train)} to train, {len(valid)} to validate")
    draw_fading()
    draw_starts(
        [
            (0.01, "tanh", "tanh, 0.01 everywhere", GREY),
            (float(1 / np.sqrt(3 * 256)), "tanh", "tanh, variance 1 / (3 n)", GREEN),
            ("xavier", "tanh", "tanh, Xavier", BLUE),
            ("he", "relu", "ReLU, He", RED),
        ],
    )
    draw_finder()
    draw_zero(what)
    draw_pairs(train, valid, draw_rates(what))


if __name__ == "__main__":
    main()
