"""`ocrpipe train` and `ocrpipe weights`, as a person types them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocrpipe.cli.progress import Bar, Lines
from tests.support import Done, ocrpipe

QUICK = ("--layers", "64,6,2", "--set", "size=8", "--batch", "8", "--rate", "0.05", "--epochs", "3")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a folder with a folder of PNGs for each of two classes."""
    folder = tmp_path_factory.mktemp("glyphs")
    rng = np.random.default_rng(0)
    for label in "LT":
        (folder / label).mkdir()
        for n in range(30):
            picture = np.full((24, 24), 255, np.uint8)
            thick = int(rng.integers(2, 5))
            if label == "L":
                picture[4:20, 5 : 5 + thick], picture[20 - thick : 20, 5:19] = 0, 0
            else:
                picture[4:20, 11 : 11 + thick], picture[4 : 4 + thick, 4:20] = 0, 0
            Image.fromarray(picture).save(folder / label / f"{n}.png")
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """Train a small network; give the folder, and how the command ended."""
    folder = tmp_path_factory.mktemp("runs") / "one"
    return folder, ocrpipe("train", "mlp", data, *QUICK, "-o", folder)


def test_a_run_tells_how_it_goes_and_what_it_reached(trained: tuple[Path, Done]) -> None:
    folder, done = trained
    assert done.code == 0, done.err
    assert [line.split(":")[0] for line in done.lines[:3]] == [f"one epoch {n}/3" for n in (1, 2, 3)]
    assert "accuracy" in done.lines[0]
    assert "validation" in done.lines[0]
    assert done.text.splitlines()[3].split()[:2] == ["one", "test"]
    assert (folder / "weights.safetensors").exists()


def test_the_same_command_again_changes_nothing(trained: tuple[Path, Done], data: Path) -> None:
    folder, first = trained
    before = (folder / "weights.safetensors").read_bytes()
    again = ocrpipe("train", "mlp", data, *QUICK, "-o", folder)
    assert (again.code, again.text) == (0, first.text)
    assert (folder / "weights.safetensors").read_bytes() == before


def test_a_process_that_was_killed_goes_on_to_the_same_weights(data: Path, tmp_path: Path) -> None:
    quick = "train", "mlp", data, *QUICK[:-2], "--epochs", "400"
    words = [sys.executable, "-m", "ocrpipe", *map(str, quick), "-o", str(tmp_path / "killed")]
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as process:
        assert process.stderr
        while "epoch 20/" not in process.stderr.readline():
            assert process.poll() is None
        process.kill()
    kept = (tmp_path / "killed" / "metrics.jsonl").read_text().splitlines()
    assert 19 <= len(kept) < 400
    for name in ("killed", "whole"):
        done = ocrpipe(*quick, "-o", tmp_path / name)
        assert done.code == 0, done.err
    assert "epoch 1/" not in ocrpipe(*quick, "-o", tmp_path / "killed").err
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("killed", "whole")]
    assert weights[0] == weights[1]


def test_a_run_s_configuration_is_a_recipe(trained: tuple[Path, Done], data: Path, tmp_path: Path) -> None:
    folder, _ = trained
    again = ocrpipe("train", "mlp", data, "--recipe", folder / "run.toml", "-o", tmp_path / "again")
    assert again.code == 0, again.err
    assert (tmp_path / "again" / "weights.safetensors").read_bytes() == (folder / "weights.safetensors").read_bytes()


def test_a_sweep_trains_every_variant(data: Path, tmp_path: Path) -> None:
    done = ocrpipe("train", "mlp", data, *QUICK, "--sweep", "rate=0.5,0.05", "--sweep", "batch=4,8", "-o", tmp_path)
    assert done.code == 0, done.err
    names = {f"rate={rate},batch={batch}" for rate in ("0.5", "0.05") for batch in (4, 8)}
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == names
    assert {line.split()[0] for line in done.text.splitlines()[1:]} == names
    rates = [
        json.loads((tmp_path / name / "metrics.jsonl").read_text().splitlines()[0])["rate"] for name in sorted(names)
    ]
    assert sorted(rates) == [0.05, 0.05, 0.5, 0.5]


def test_a_variant_that_cannot_be_trained_stops_no_other(data: Path, tmp_path: Path) -> None:
    quick = [*QUICK, "--activation", "linear", "--loss", "squared"]
    done = ocrpipe("train", "mlp", data, *quick, "--sweep", "rate=1e12,0.001", "-o", tmp_path)
    assert done.code == 1
    assert (tmp_path / "rate=0.001" / "card.md").exists()
    assert any("rate=1e+12: the loss is no number any more" in line for line in done.lines)
    assert "1 of 2 variants could not be trained" in done.lines[-1]


def test_an_autoencoder(data: Path, tmp_path: Path) -> None:
    done = ocrpipe("train", "autoencoder", data, "--set", "size=8", "--epochs", "2", "-o", tmp_path / "ae")
    assert done.code == 0, done.err
    assert "PSNR" in done.text
    with Image.open(tmp_path / "ae" / "pairs.png") as picture:
        assert picture.size[0] > 100


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--layers", "9,9"], 2, "say layers = [1024, 2]"),
        (["--recipe", "curse"], 2, "there is no recipe curse; did you mean 'course'?"),
        (["--sweep", "rate"], 2, "KEY=VALUE is wanted"),
        (["--set", "rat=3"], 2, "there is no setting 'rat'; did you mean 'rate'?"),
        (["--sweep", "activation=tanh,rely"], 2, 'activation = "rely"'),
        (["--rate", "0"], 2, "rate = 0.0: Input should be greater than 0"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    arguments: list[str], code: int, says: str, data: Path, tmp_path: Path
) -> None:
    done = ocrpipe("train", "mlp", data, *arguments, "-o", tmp_path / "run")
    assert done.code == code
    assert len(done.lines) == 1
    assert says in done.err


def test_data_that_is_none_is_told(tmp_path: Path) -> None:
    done = ocrpipe("train", "mlp", tmp_path / "nothing.mat", "-o", tmp_path / "run")
    assert done.code == 4
    assert "nothing.mat" in done.lines[0]
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_is_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = ocrpipe("train", "mlp", data, *QUICK, "-o", tmp_path / "file")
    assert (done.code, len(done.lines)) == (2, 1)
    assert "no folder can be made there" in done.err


def test_weights_are_shown(trained: tuple[Path, Done], tmp_path: Path) -> None:
    folder, _ = trained
    done = ocrpipe("weights", "show", folder / "weights.safetensors", "-o", tmp_path / "first.png")
    assert done.code == 0, done.err
    assert "layers: 64 - 6 - 2, sigmoid" in done.text
    assert "labels: L T" in done.text
    assert "before and after training" in done.err
    with Image.open(tmp_path / "first.png") as drawn, Image.open(folder / "first-layer.png") as left:
        assert np.array_equal(np.asarray(drawn), np.asarray(left))


def test_shipped_weights_are_shown_by_name(tmp_path: Path) -> None:
    from ocrpipe.nn import WEIGHTS

    for path in sorted(WEIGHTS.glob("*.safetensors")):
        done = ocrpipe("weights", "show", path.stem, "-o", tmp_path / f"{path.stem}.png")
        assert done.code == 0, done.err
        assert "source: UNIPEN" in done.text
        assert (tmp_path / f"{path.stem}.png").exists()


def test_weights_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"none")
    for name, says in (("curse", "did you mean 'course'?"), (tmp_path / "x.safetensors", "no safetensors file")):
        done = ocrpipe("weights", "show", name)
        assert done.code == 2
        assert len(done.lines) == 1
        assert says in done.err


FIGURES = {"epoch": 2, "train_loss": 1.0, "train_accuracy": 0.5, "valid_loss": 1.5, "valid_accuracy": 0.25}


def test_a_bar_shows_loss_and_accuracy() -> None:
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120)
    with Progress(TextColumn("{task.completed:.1f} {task.fields[said]}"), console=console, auto_refresh=False) as shown:
        bar = Bar(shown, "one", 3)
        bar.going(2, 0.5, {"loss": 1.25, "accuracy": 0.4})
        shown.refresh()
        bar.epoch(FIGURES)
        shown.refresh()
    assert "1.5 loss 1.250  accuracy 0.400" in written.getvalue()
    assert "2.0 loss 1.000 (validation 1.500), accuracy 0.500 (validation 0.250)" in written.getvalue()


def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines("one", 3)
    lines.going(2, 0.5, {})
    lines.epoch(FIGURES)
    assert capsys.readouterr().err.startswith("one epoch 2/3: loss 1.000 (validation 1.500), accuracy 0.500")
