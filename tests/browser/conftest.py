"""A real browser for tests: Chromium, driven by selenium through chromedriver, with nothing fetched from anywhere."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.chromium import program, start


@dataclass(frozen=True)
class Browser:
    """A browser, and what the tests ask of it."""

    driver: webdriver.Chrome

    def open(self, path: Path, stop: str = "") -> None:
        """Open a file, at a stop of its slider."""
        self.driver.get("about:blank")  # else a new fragment would not load the file anew
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        self.driver.get(path.as_uri() + (f"#{stop}" if stop else ""))

    def find(self, selector: str) -> WebElement:
        """Return the first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """Return all elements of a CSS selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(script, *arguments)

    def command(self, name: str, **parameters: Any) -> None:
        """Send a command of the Chrome DevTools protocol."""
        self.driver.execute_cdp_cmd(name, parameters)

    def complaints(self) -> list[str]:
        """Return what stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the file was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def missing(reason: str) -> NoReturn:
    """Skip the tests on a user's machine; fail them where CI was to install what they need."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start the browser that all tests share."""
    try:
        driver = start(tmp_path_factory.mktemp("chromium"))
    except FileNotFoundError as error:
        missing(str(error))
    yield Browser(driver)
    driver.quit()


@pytest.fixture
def browser(started: Browser) -> Iterator[Browser]:
    """Return the browser, as wide as a desk's screen and light."""
    started.command("Emulation.setDeviceMetricsOverride", width=1440, height=900, deviceScaleFactor=1, mobile=False)
    started.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    yield started
    started.driver.get("about:blank")


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core, the accessibility checker, fetched from npm."""
    folder = tmp_path_factory.mktemp("axe")
    command = [
        program("npm"),
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        folder,
        "axe-core@4",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        missing(f"axe-core cannot be fetched from npm: {done.stderr.strip()[-300:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def violations(browser: Browser, axe: str) -> Callable[[], list[str]]:
    """Return what axe-core finds wrong with the page that is open, of those findings that are serious or worse."""

    def check() -> list[str]:
        browser.run(axe)
        found = browser.driver.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[0])")
        return [
            f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    return check
