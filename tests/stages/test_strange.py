"""The classifier's autoencoder: what comes back badly is no letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ocrpipe import Box, CroppedPage, CropSpec, Region, Row, Source
from ocrpipe.nn import Crop, Dense, Flatten, Model, Network, Stack, save_model
from ocrpipe.stages.classify import Mlp

SIDE = 4
CROP = Crop(height=SIDE, width=SIDE, margin=0.0, features="pixels", even_strokes=False)


def reader(path: Path, labels: tuple[str, ...], crop: Crop = CROP) -> str:
    """A network that reads every crop as its first label."""
    network = Network([SIDE * SIDE, len(labels)])
    network.layers[0].weight[:] = 0
    network.layers[0].bias[:] = [2] + [0] * (len(labels) - 1)
    save_model(path, Model(network, labels, crop))
    return str(path)


def mirror(path: Path, crop: Crop = CROP) -> str:
    """An autoencoder that gives back the upper half alone."""
    weight = np.diag(np.arange(SIDE * SIDE) < SIDE * SIDE / 2).astype(np.float32)
    layers = [Flatten(), Dense(weight, np.zeros(SIDE * SIDE, np.float32), "linear")]
    save_model(path, Model(Stack(layers, SIDE, SIDE), (), crop))
    return str(path)


def page(polarity: str = "light") -> CroppedPage:
    """Three regions: ink above, ink below, ink above; the second is what the autoencoder does not know."""
    crops = np.zeros((3, SIDE, SIDE), np.float32)
    crops[[0, 2], :2] = crops[1, 2:] = 1
    regions = tuple(Region(box=Box(10 * n, 0, 10 * n + 5, 5)) for n in range(3))
    return CroppedPage(
        source=Source(width=100, height=10),
        gray=np.zeros((10, 100), np.uint8),
        ink=np.zeros((10, 100), bool),
        regions=regions,
        blocks=((Row(words=(regions,)),),),
        spec=CropSpec(level="glyph", height=SIDE, width=SIDE, polarity=polarity),
        crops=crops if polarity == "light" else 1 - crops,
        widths=np.full(3, SIDE, np.int32),
    )


@pytest.mark.parametrize("labels", [("A", "B"), ("A", "B", "")])
def test_what_comes_back_badly_is_left_out(tmp_path: Path, labels: tuple[str, ...]) -> None:
    weights, other = reader(tmp_path / "r.safetensors", labels), mirror(tmp_path / "m.safetensors")
    assert Mlp(weights=weights).classify(page()).text == "AAA"
    for reject in (0.5, 1.0):
        plugin = Mlp(weights=weights, autoencoder=other, faithful=6, reject=reject)
        found = plugin.classify(page())
        assert [glyph.box.x0 for glyph in found.glyphs] == [0, 20]
    assert Mlp(weights=weights, autoencoder=other, faithful=0).classify(page()).text == "AAA"
    assert [path.name for path in plugin.files()] == ["r.safetensors", "m.safetensors"]


def test_each_network_sees_its_own_polarity(tmp_path: Path) -> None:
    weights = reader(tmp_path / "r.safetensors", ("A", "B"), Crop(**{**vars(CROP), "polarity": "dark"}))
    plugin = Mlp(weights=weights, autoencoder=mirror(tmp_path / "m.safetensors"), faithful=6)
    assert [glyph.box.x0 for glyph in plugin.classify(page("dark")).glyphs] == [0, 20]


def test_nothing_is_loaded_before_the_first_page(tmp_path: Path) -> None:
    weights, other = reader(tmp_path / "r.safetensors", ("A", "B")), mirror(tmp_path / "m.safetensors")
    assert not {"model", "mirror"} & set(vars(Mlp(weights=weights, autoencoder=other)))


def test_what_does_not_go_together_is_refused_before_any_page(tmp_path: Path) -> None:
    weights = reader(tmp_path / "r.safetensors", ("A", "B"))
    wide = mirror(tmp_path / "m.safetensors", Crop(**{**vars(CROP), "margin": 0.1}))
    with pytest.raises(ValidationError, match=r"crops with margin 0\.1.*with margin 0\.0"):
        Mlp(weights=weights, autoencoder=wide)
    with pytest.raises(ValidationError, match="a reader and no autoencoder"):
        Mlp(weights=weights, autoencoder=weights)
    with pytest.raises(ValidationError, match="there is no weights file"):
        Mlp(weights=weights, autoencoder="no-such")


def test_a_cut_with_a_strange_part_loses_to_its_rival(tmp_path: Path) -> None:
    weights, other = reader(tmp_path / "r.safetensors", ("A", "B")), mirror(tmp_path / "m.safetensors")
    strange, left, right = (Region(box=Box(10 * n, 0, 10 * n + 5, 5)) for n in (1, 0, 2))
    whole = strange.replace(rivals=((left, right),))
    known = page()
    crops = known.crops[[1, 0, 2]]
    torn = known.replace(regions=(whole,), blocks=((Row(words=((whole,),)),),), crops=crops)
    assert Mlp(weights=weights).classify(torn).text == "A"
    assert Mlp(weights=weights, autoencoder=other, faithful=6).classify(torn).text == "AA"
