"""A training run: what it leaves, that it can be killed and goes on bit for bit, and what it refuses."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ocrpipe.errors import ConfigError, InputError, OcrpipeError
from ocrpipe.nn import load_model
from ocrpipe.train import plots, run
from ocrpipe.train.checkpoint import read_checkpoint, write_checkpoint
from ocrpipe.train.dataset import Dataset, Split, split
from ocrpipe.train.engine import Training
from ocrpipe.train.recipe import AutoencoderRecipe, Recipe, read_recipe, recipe_of

SMALL = {"size": 8, "batch": 7, "epochs": 6, "rate": 0.01, "momentum": 0.9}


@pytest.fixture(scope="module")
def parts() -> Split:
    """Make three classes of noisy bars by twelve writers."""
    rng = np.random.default_rng(0)
    number = 120
    images = rng.random((number, 8, 8)).astype(np.float32) * 0.3
    images[0::3, 1:7, 3:5] = 1
    images[1::3, 3:5, 1:7] = 1
    images[2::3, 2:6, 2:6] = 1
    writers = tuple(f"writer {n // 10}" for n in range(number))
    return split(Dataset(images, ("I", "-", "O") * 40, writers, source="bars", licence="CC0"), 0.2, 0.2)


def small(**more: object) -> Recipe:
    return Recipe(**{**SMALL, "layers": (64, 5, 3), **more})


class Killed(Exception):
    """What a test raises where a process would die."""


class Killer:
    """Watches a training and ends it: within an epoch, before its figures are kept."""

    def __init__(self, epoch: int) -> None:
        self.at, self.epochs = epoch, []

    def going(self, epoch: int, share: float, figures: dict) -> None:
        assert 0 < share <= 1
        if epoch == self.at:
            raise Killed

    def epoch(self, figures: dict) -> None:
        self.epochs.append(figures["epoch"])


RECIPES = {
    "momentum": small(),
    "plain": small(momentum=0.0),
    "adam": small(optimiser="adam"),
    "fixed": small(reshuffle=False, decay=0.5, decay_every=2),
    "dropout": small(drop=0.3, smoothing=0.1, activation="relu"),
    "patience": small(patience=2, rate=0.5),
    "autoencoder": AutoencoderRecipe(**{**SMALL, "layers": (64, 4, 64)}),
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("epoch", [1, 4])
def test_a_killed_run_goes_on_to_the_same_weights(name: str, epoch: int, parts: Split, tmp_path: Path) -> None:
    whole = run.train(RECIPES[name], parts, tmp_path / "whole")
    killer = Killer(epoch)
    try:
        run.train(RECIPES[name], parts, tmp_path / "parted", killer)
    except Killed:
        assert killer.epochs == list(range(1, epoch))
    parted = run.train(RECIPES[name], parts, tmp_path / "parted")
    kept = [(tmp_path / folder / "weights.safetensors").read_bytes() for folder in ("whole", "parted")]
    assert kept[0] == kept[1]
    strip = [[{k: v for k, v in one.items() if k != "seconds"} for one in some.history] for some in (whole, parted)]
    assert strip[0] == strip[1]
    lines = (tmp_path / "parted" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, len(whole.history) + 1))


def test_a_longer_run_is_the_same_as_one_that_was_lengthened(parts: Split, tmp_path: Path) -> None:
    run.train(small(epochs=3), parts, tmp_path / "grown")
    grown = run.train(small(epochs=6), parts, tmp_path / "grown")
    whole = run.train(small(epochs=6), parts, tmp_path / "whole")
    for one, two in zip(grown.model.network.parameters, whole.model.network.parameters, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_seed_decides(parts: Split, tmp_path: Path) -> None:
    found = [run.train(small(seed=seed), parts, tmp_path / str(n)) for n, seed in enumerate((1, 1, 2))]
    first, again, other = (one.model.network.parameters[0].tobytes() for one in found)
    assert first == again != other


def test_what_a_run_leaves(parts: Split, tmp_path: Path) -> None:
    done = run.train(small(), parts, tmp_path, record={"files": ["bars.npz"]})
    names = {path.name for path in tmp_path.iterdir()}
    left = {
        "run.toml",
        "metrics.jsonl",
        run.CHECKPOINT,
        "weights.safetensors",
        "figures.json",
        "card.md",
        "first-layer.png",
    }
    assert left <= names <= left | {"curves.png"}
    assert done.figures["test"]["accuracy"] > 0.9
    assert done.figures == json.loads((tmp_path / "figures.json").read_text())
    model = load_model(tmp_path / "weights.safetensors")
    assert model.labels == ("I", "O", "-")
    assert run.measured(model, parts.test) == done.figures["test"]
    assert (model.source, model.licence) == ("bars", "CC0")
    card = (tmp_path / "card.md").read_text()
    assert all(text in card for text in ("bars.npz", "CC0", parts.how, "64 - 5 - 3", "Known confusions"))
    table = tomllib.loads((tmp_path / "run.toml").read_text())
    assert table["data"]["files"] == ["bars.npz"]
    assert recipe_of(Recipe, read_recipe(str(tmp_path / "run.toml")), "it") == small()


def test_an_autoencoder_gives_pictures_back(parts: Split, tmp_path: Path) -> None:
    recipe = AutoencoderRecipe(size=8, layers=(64, 8, 64), epochs=60, batch=8, rate=0.01, reduce="mean")
    done = run.train(recipe, parts, tmp_path)
    assert done.figures["valid"]["psnr"] > 11 > done.history[0]["valid_psnr"]
    assert set(done.figures["valid"]["classes"]) == {"I", "-", "O"}
    assert (tmp_path / "pairs.png").exists()
    model = load_model(tmp_path / "weights.safetensors", autoencoder=True)
    pictures = parts.valid.images[:3]
    assert model.reconstructions(pictures).shape == pictures.shape
    with pytest.raises(ValueError, match="an autoencoder, which gives pictures back"):
        load_model(tmp_path / "weights.safetensors")


def test_a_reader_is_no_autoencoder(parts: Split, tmp_path: Path) -> None:
    run.train(small(epochs=1), parts, tmp_path)
    with pytest.raises(ValueError, match="a reader and no autoencoder"):
        load_model(tmp_path / "weights.safetensors", autoencoder=True)


def test_early_stopping_keeps_the_best(parts: Split) -> None:
    recipe = small(epochs=200, patience=3)
    labels = ["I" if label == "O" and n % 2 else label for n, label in enumerate(parts.valid.labels)]
    misled = parts._replace(valid=replace(parts.valid, labels=tuple(labels)))  # what is surest is worst there
    training = Training(recipe, run.lesson(recipe, misled, parts.train.classes))
    while not training.done:
        training.epoch()
    losses = [figures["valid_loss"] for figures in training.history]
    assert len(losses) < 200
    assert losses.index(min(losses)) + 1 == training.best_epoch == len(losses) - 3
    training.finish()
    kept = training.judged(training.lesson.valid_x, training.lesson.valid_targets)
    assert kept["loss"] == pytest.approx(min(losses))


def test_the_sum_of_gradients_is_the_mean_at_a_larger_rate(parts: Split, tmp_path: Path) -> None:
    even = small(batch=1, reduce="sum")
    one = run.train(even, parts, tmp_path / "sum").model.network.parameters[0]
    two = run.train(small(batch=1, reduce="mean"), parts, tmp_path / "mean").model.network.parameters[0]
    np.testing.assert_array_equal(one, two)
    number = len(parts.train)
    whole = {"batch": number, "epochs": 3}
    one = run.train(small(**whole), parts, tmp_path / "sums").model.network.parameters[0]
    two = run.train(
        small(**whole, reduce="mean", rate=0.01 * number), parts, tmp_path / "means"
    ).model.network.parameters[0]
    np.testing.assert_allclose(one, two, rtol=1e-5)


@pytest.mark.parametrize("reshuffle", [True, False])
def test_every_picture_is_learned_from_once_an_epoch(reshuffle: bool, parts: Split) -> None:
    recipe = small(reshuffle=reshuffle)
    training = Training(recipe, run.lesson(recipe, parts, parts.train.classes))
    epochs = [[x.copy() for x in training._epoch()[0]] for _ in range(2)]
    everything = sorted(map(tuple, training.lesson.x.tolist()))
    assert all(sorted(map(tuple, np.concatenate(batches).tolist())) == everything for batches in epochs)
    assert all(len(x) == 7 for batches in epochs for x in batches[:-1])
    assert np.array_equal(epochs[0][0], epochs[1][0]) is not reshuffle


def test_a_rate_that_explodes_is_told(parts: Split, tmp_path: Path) -> None:
    recipe = small(activation="linear", loss="squared", rate=1e9)
    with np.errstate(all="ignore"), pytest.raises(OcrpipeError, match=r"rate 1e[+]09 is too large; try 1e[+]08"):
        run.train(recipe, parts, tmp_path)


def test_another_run_s_folder_is_refused(parts: Split, tmp_path: Path) -> None:
    run.train(small(epochs=1), parts, tmp_path)
    with pytest.raises(ConfigError, match=r"a run with rate = 0.01, and rate = 0.02 is wanted: give another folder"):
        run.train(small(rate=0.02), parts, tmp_path)
    with pytest.raises(ConfigError, match="a run of another kind"):
        run.train(AutoencoderRecipe(size=8), parts, tmp_path)
    with pytest.raises(ConfigError, match="a run on other data"):
        run.train(small(), parts._replace(train=parts.train.take(range(30))), tmp_path)


def test_a_damaged_checkpoint_is_told(parts: Split, tmp_path: Path) -> None:
    run.train(small(epochs=1), parts, tmp_path)
    whole = (tmp_path / run.CHECKPOINT).read_bytes()
    for content in (b"", whole[:200], whole[:-5], b"\x80\x04pickle"):
        (tmp_path / run.CHECKPOINT).write_bytes(content)
        with pytest.raises(
            OcrpipeError, match=r"checkpoint.safetensors: it is no checkpoint .* remove it to begin anew"
        ):
            run.train(small(), parts, tmp_path)


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / run.CHECKPOINT
    write_checkpoint(path, {"a": np.arange(3)}, {"n": 1})
    real = Path.open

    @contextmanager
    def half(self: Path, mode: str) -> Iterator[SimpleNamespace]:
        with real(self, mode) as stream:

            def writelines(parts: Iterable[bytes]) -> None:
                content = b"".join(parts)
                stream.write(content[: len(content) // 2])
                raise Killed

            yield SimpleNamespace(writelines=writelines)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", half)
        with pytest.raises(Killed):
            write_checkpoint(path, {"a": np.arange(9)}, {"n": 2})
    assert read_checkpoint(path)[1] == {"n": 1}
    assert [one.name for one in tmp_path.iterdir()] == [run.CHECKPOINT]


def test_layers_that_do_not_fit_are_told(parts: Split, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"say layers = \[64, 9, 3\]"):
        run.train(small(layers=(1024, 9, 36)), parts, tmp_path)


def test_data_that_cannot_be_learned_from_are_told(parts: Split, tmp_path: Path) -> None:
    empty = parts.valid.take([])
    with pytest.raises(InputError, match="no picture is left to validate on"):
        run.train(small(), parts._replace(valid=empty), tmp_path)
    same = parts.train.where(lambda label: label == "I")
    with pytest.raises(InputError, match="all pictures show 'I'"):
        run.train(small(), parts._replace(train=same, valid=same), tmp_path)
    with pytest.raises(InputError, match="the validation set shows '-'"):
        run.train(small(), parts._replace(train=parts.train.where(lambda label: label != "-")), tmp_path)


def test_without_matplotlib_the_numbers_come(parts: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    done = run.train(small(epochs=1), parts, tmp_path)
    assert done.notes == [plots.NO_PLOT]
    assert "pip install 'ocrpipe[plot]'" in plots.NO_PLOT
    assert not (tmp_path / "curves.png").exists()
    assert (tmp_path / "metrics.jsonl").exists()


def test_curves_are_drawn(parts: Split, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra plot")
    done = run.train(small(epochs=2), parts, tmp_path)
    assert not done.notes
    assert plots.draw_curves(tmp_path / "grid.png", {"one": done.history, "two": done.history})
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"rat": 1}, "there is no setting 'rat'; did you mean 'rate'?"),
        ({"rate": -1}, "rate = -1: Input should be greater than 0"),
        ({"activation": "rely"}, "activation = \"rely\": Input should be 'sigmoid'"),
        ({"layers": [3]}, "at least 2 items"),
        ({"features": "edges", "size": 30}, "give a multiple of 4"),
        ({"output": "sigmoid"}, "wants scores: say 'linear'"),
    ],
)
def test_wrong_recipes_are_told(settings: dict, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        recipe_of(Recipe, settings, "mine.toml")
    assert str(error.value).startswith("mine.toml: ")
    assert says in str(error.value)


@pytest.mark.parametrize(("name", "kind"), [("course", Recipe), ("autoencoder", AutoencoderRecipe)])
def test_shipped_recipes_are_recipes(name: str, kind: type[Recipe]) -> None:
    recipe = recipe_of(kind, read_recipe(name), name)
    assert recipe.layers
    assert recipe.licence == "CC BY 4.0 (data)"


def test_a_recipe_that_is_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'course'"):
        read_recipe("curse")
    (tmp_path / "x.toml").write_text("rate = ")
    with pytest.raises(ConfigError, match="it is no TOML file"):
        read_recipe(str(tmp_path / "x.toml"))
