"""Fixtures that all tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ocrpipe.distributions import installed_version
from tests.support import EVERY, install

settings.register_profile("ocrpipe", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("ocrpipe"), derandomize=True)
# A busy machine is no fault of the code. In CI, where nobody looks on, the cases are the same each time.
settings.load_profile("ci" if os.environ.get("CI") else "ocrpipe")


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds every package of tests/packages, for commands in processes of their own."""
    return install(tmp_path_factory.mktemp("site-packages"), *EVERY)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Put packages of tests/packages on this process's path until the test ends."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    installed_version.cache_clear()

    def put(*names: str) -> Path:
        return install(folder, *names)

    yield put
    installed_version.cache_clear()
    for name, module in list(sys.modules.items()):
        if str(folder) in str(getattr(module, "__file__", "")):
            del sys.modules[name]
