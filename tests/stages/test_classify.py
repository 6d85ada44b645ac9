"""`classify/mlp`: reads crops with the network of a weights file, and builds nothing before the first page."""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ocrpipe import Box, CroppedPage, CropSpec, Page, Region, Row, Source
from ocrpipe.nn import WEIGHTS, Crop, Model, Network, load_model, save_model
from ocrpipe.stages.classify import Convnet, Mlp, best_readings

LABELS = ("A", "B", "C", "")
CROP = Crop(height=2, width=2, margin=0.0, polarity="dark", of="gray", features="pixels")


@pytest.fixture
def weights(tmp_path: Path) -> str:
    """A network that reads A, B, C or nothing, as the first to fourth pixel of a crop of 2 x 2 is lit."""
    network = Network([4, 4])
    network.layers[0].weight[:] = 6 * np.eye(4)
    network.layers[0].bias[:] = 0
    path = tmp_path / "tiny.safetensors"
    save_model(path, Model(network, LABELS, CROP))
    return str(path)


def cropped(pixels: list[int]) -> CroppedPage:
    """A page with a crop for each number, in which the pixel of this number is lit."""
    regions = tuple(Region(box=Box(10 * n, 0, 10 * n + 5, 5)) for n in range(len(pixels)))
    return CroppedPage(
        source=Source(width=100, height=10),
        gray=np.zeros((10, 100), np.uint8),
        ink=np.zeros((10, 100), bool),
        regions=regions,
        blocks=((Row(words=(regions,)),),) if regions else (),
        spec=CropSpec(level="glyph", height=2, width=2),
        crops=np.eye(4, dtype=np.float32)[pixels].reshape(-1, 2, 2),
        widths=np.full(len(pixels), 2, np.int32),
    )


def test_reads_each_crop_in_order(weights: str) -> None:
    page = Mlp(weights=weights).classify(cropped([1, 0, 2]))
    assert page.text == "BAC"


def test_alternatives_are_the_best_ones_with_the_text_among_them(weights: str) -> None:
    [glyph] = Mlp(weights=weights).classify(cropped([1])).glyphs
    confidences = [other.confidence for other in glyph.reading.alternatives]
    assert glyph.reading.alternatives[0].text == "B"
    assert glyph.confidence == confidences[0]
    assert len(confidences) == 3
    assert confidences == sorted(confidences, reverse=True)
    assert Mlp(weights=weights, alternatives=9).classify(cropped([1])).text == "B"


def test_confidences_are_short_and_never_certain() -> None:
    [sure, torn] = best_readings(np.array([[1, 0, 0, 0], [1 / 3, 2 / 3, 0, 0]], np.float32), LABELS, 2)
    assert sure.confidence == 0.9999
    assert torn.confidence == 0.6667


def test_what_is_no_letter_is_dropped(weights: str) -> None:
    assert Mlp(weights=weights).classify(cropped([0, 3, 1])).text == "AB"
    assert Mlp(weights=weights).classify(cropped([3])).blocks == ()


def test_a_page_without_crops(weights: str) -> None:
    page = Mlp(weights=weights).classify(cropped([]))
    assert isinstance(page, Page)
    assert page.text == ""


def test_reads_what_the_header_says(weights: str) -> None:
    plugin = Mlp(weights=weights)
    assert plugin.reads == CropSpec(level="glyph", height=2, width=2, of="gray", polarity="dark", margin=0.0)
    assert "model" not in vars(plugin), "the weights are loaded with the first page"
    plugin.classify(cropped([0]))
    assert "model" in vars(plugin)


def test_names_its_file(weights: str) -> None:
    assert Mlp(weights=weights).files() == [Path(weights)]
    assert Mlp().files()[0].name == "capitals-mlp.safetensors"


def test_shipped_capitals_read_capitals_and_digits() -> None:
    plugin = Mlp()
    assert plugin.reads.level == "glyph"
    assert {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"} <= {*plugin.model.labels}


@pytest.mark.parametrize("name", ["no-such", "no/such.safetensors"])
def test_weights_that_are_not_there(name: str) -> None:
    with pytest.raises(ValidationError, match=r"there is no weights file .*capitals"):
        Mlp(weights=name)


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(ValidationError, match=r"broken\.safetensors"):
        Mlp(weights=str(path))


def test_stages_of_the_default_preset_import_neither_scipy_nor_skimage() -> None:
    stages = ("load", "prepare", "binarize", "crop_normalize", "classify", "postprocess")
    code = f"import sys, {', '.join(f'ocrpipe.stages.{stage}' for stage in stages)}\n"
    code += "print([name for name in ('scipy', 'skimage') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_shipped_convnet_reads_capitals_and_digits() -> None:
    plugin = Convnet()
    assert plugin.reads == Mlp().reads
    assert plugin.files()[0].name == "capitals.safetensors"
    assert {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", ""} == {*plugin.model.labels}
    found = plugin.model.probabilities(np.zeros((3, 32, 32), np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_a_doubtful_reject_is_read_as_the_next_best_and_keeps_its_doubt() -> None:
    rows = np.array([[0.3, 0.1, 0.6], [0.03, 0.02, 0.95], [0.5, 0.3, 0.2]], np.float32)
    doubtful, rejected, sure = best_readings(rows, ("A", "B", ""), alternatives=1, reject=0.9)
    assert (doubtful.text, doubtful.confidence, doubtful.letterness) == ("A", 0.3, pytest.approx(0.4))
    assert (rejected.text, rejected.confidence) == ("", 0.95)
    assert (sure.text, len(sure.alternatives)) == ("A", 1)


def test_every_shipped_network_of_glyphs_is_small_and_says_whence_it_is() -> None:
    sizes = {"capitals": 37, "capitals-mlp": 37, "letters": 82, "course": 36}
    for name, classes in sizes.items():
        path = WEIGHTS / f"{name}.safetensors"
        model = load_model(path)
        assert len(model.labels) == classes
        assert path.stat().st_size <= 2 * 2**20
        assert "UNIPEN" in model.source
        assert model.training
        assert f"{name}" in path.with_suffix(".md").read_text("utf-8")


def test_letters_knows_its_alphabet() -> None:
    labels = load_model(WEIGHTS / "letters.safetensors").labels
    assert {*labels} == {*string.ascii_letters, *string.digits, *".,:;!?'\"-/()&@#%+=*", ""}
