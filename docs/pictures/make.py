"""Takes the picture of the viewer that the README and docs/viewer.md show.

    python docs/pictures/make.py

Needs Chromium and chromedriver (Debian: apt-get install chromium chromium-driver). The letters are those of the fonts
that are installed; ours was taken with Inter and TeX Gyre Pagella (apt-get install fonts-inter fonts-texgyre).
"""

from __future__ import annotations

import base64
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from ocrpipe import Pipeline
from ocrpipe.stages.export.html import Html

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import start  # noqa: E402  (the folder of the tests is no package that is installed)

PAGE = ROOT / "samples" / "letter.jpg"
WIDTH, HEIGHT, SCALE = 1280, 800, 1.5
FOOT = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom"


def main() -> None:
    """Read a sample, open it, point at its least sure letter, and take the picture."""
    [read] = Pipeline.preset("handprint", {"export.use": "html"}).read_all(PAGE)
    if read.page is None or read.loaded is None:
        raise SystemExit(f"{PAGE}: {read.error}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        loaded, trail = read.loaded, read.trail
        path.write_bytes(b"".join(Html().export([read.page], lambda _: loaded, lambda _: trail)))
        picture = taken(path, Path(folder) / "profile")
    picture.save(HERE / "viewer.png", optimize=True)


def taken(path: Path, profile: Path) -> Image.Image:
    """Return the picture of a file in the browser."""
    driver = start(profile)
    try:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": SCALE, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(path.as_uri())
        ActionChains(driver).move_to_element(driver.find_element(By.CSS_SELECTOR, ".piece.poor")).perform()
        driver.execute_script("document.querySelector('footer').hidden = true")
        driver.execute_async_script("setTimeout(arguments[0], 500)")
        foot = max(driver.execute_script(FOOT, place) for place in ("#stack", "#card"))
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": round(foot) + 28, "scale": 1}
        shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": False})
    finally:
        driver.quit()
    return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")


if __name__ == "__main__":
    main()
