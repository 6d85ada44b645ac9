"""What the file of `export/html` costs: to write, in bytes, and to open in Chromium.

    python benchmarks/viewer.py [PAGE ...] [--rounds N]

Opening is counted by the browser itself, from asking for the file to the end of its load event, by when all pictures
and letters are laid out; beside it what its main thread worked, which a busy machine does not change much. Medians, the
browser warm. Writes a Markdown table to stdout.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from selenium import webdriver

from ocrpipe import Pipeline
from ocrpipe.stages.export.html import Html

ROOT = Path(__file__).parents[1]
COURSE = ROOT.parent / "shared" / "pages"
sys.path.insert(0, str(ROOT))

from tests.browser.chromium import start  # noqa: E402  (the folder of the tests is no package that is installed)

OPENED = "return performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    """Read the pages, write and open each, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args()
    pages = wanted.pages or [*sorted(COURSE.glob("*.jpg")), *sorted((ROOT / "samples").glob("*.jpg"))]
    pipeline = Pipeline.preset("handprint", {"export.use": "html"})
    print("| page | letters | kB | to write, ms | to open, ms | of that work, ms |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        driver = start(Path(folder) / "profile")
        driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        try:
            for page in pages:
                [read] = pipeline.read_all(page)
                if read.page is None or read.loaded is None:
                    raise SystemExit(f"{page}: {read.error}")
                path = Path(folder) / "page.html"
                loaded, trail = read.loaded, read.trail
                start_time = perf_counter()
                path.write_bytes(b"".join(Html().export([read.page], lambda _, p=loaded: p, lambda _, t=trail: t)))
                writing = 1000 * (perf_counter() - start_time)
                opening, working = [], []
                for _ in range(wanted.rounds):
                    driver.get("about:blank")
                    before = worked(driver)
                    driver.get(path.as_uri())
                    opening.append(driver.execute_script(OPENED))
                    working.append(1000 * (worked(driver) - before))
                cells = (len(read.page.glyphs), path.stat().st_size // 1000, round(writing))
                cells += (round(statistics.median(opening)), round(statistics.median(working)))
                print(f"| {page.name} | {' | '.join(map(str, cells))} |")
        finally:
            driver.quit()


def worked(driver: webdriver.Chrome) -> float:
    """Return how long the browser's main thread has worked, seconds."""
    metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


if __name__ == "__main__":
    main()
