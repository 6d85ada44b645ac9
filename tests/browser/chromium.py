"""Starts Chromium, for the tests, for benchmarks/viewer.py and for docs/pictures/make.py."""

from __future__ import annotations

import shutil
from pathlib import Path

from selenium import webdriver

FLAGS = (
    "--headless",
    "--no-sandbox",  # as CI runs it: as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def program(*names: str) -> str:
    """Return the path of the first of these programs that is installed.

    Raises
    ------
    FileNotFoundError
        If none is.
    """
    for name in names:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(f"no {names[0]} is installed")


def start(profile: Path) -> webdriver.Chrome:
    """Start the browser with an empty profile in that folder; what it logs of the console and the network is kept."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(program("chromedriver")))
    driver.set_script_timeout(120)
    return driver
