"""Settings and pages that all tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from PIL import Image

from ocrpipe import GrayPage, Source

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)
settings.load_profile("busy")  # a busy machine is no fault of the code

SAMPLES = Path(__file__).parents[3] / "samples"
NAMES = ("shopping", "whiteboard", "letter", "alphabet")


def page_of(gray: np.ndarray) -> GrayPage:
    """Return a page of these grey values."""
    return GrayPage(source=Source(width=gray.shape[1], height=gray.shape[0]), gray=gray)


@st.composite
def pages(draw: st.DrawFn, side: int = 48) -> GrayPage:
    """Draw a page of 1 x 1 pixel and more: even, of noise, of few greys, or of dark dots in uneven light."""
    height, width = draw(st.integers(1, side)), draw(st.integers(1, side))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(("even", "noise", "few", "dots")))
    if kind == "even":
        gray = np.full((height, width), draw(st.integers(0, 255)), np.uint8)
    elif kind == "noise":
        gray = rng.integers(0, 256, (height, width), np.uint8)
    elif kind == "few":
        gray = rng.choice(rng.integers(0, 256, 3, np.uint8), (height, width))
    else:
        light = np.linspace(120, 250, width)[None] * np.linspace(0.8, 1, height)[:, None]
        gray = np.where(rng.random((height, width)) < 0.1, light / 3, light).astype(np.uint8)
    return page_of(gray)


@pytest.fixture(params=NAMES)
def sample(request: pytest.FixtureRequest) -> GrayPage:
    """Return a sample page of ocrpipe's own repository."""
    path = SAMPLES / f"{request.param}.jpg"
    if not path.exists():
        pytest.skip(f"needs {path.name} of ocrpipe's repository")
    with Image.open(path) as image:
        return page_of(np.asarray(image.convert("L")))
