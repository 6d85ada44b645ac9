"""Plugins of a single file: found, named, recorded, preferred, and refused with the file and the line."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ocrpipe import ConfigError, Page, Pipeline, PluginError
from ocrpipe.names import STAGES
from ocrpipe.one_file import read_all, read_plugins
from ocrpipe.registry import Registry
from tests.support import ROOT, ocrpipe

HALF = '''
from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ocrpipe import BinaryPage, GrayPage, Page, Plugin, Word, hookimpl


class HalfDark(Plugin):
    """Ink is what is darker than a half."""

    half: Annotated[int, Field(ge=0, le=255, description="grey value from which it is ground")] = 128

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < self.half)


class _Base(Plugin):
    """Is for this file only."""

    def marked(self, word: Word) -> Word:
        return word


class Same(_Base):
    """Leaves the text as it is."""

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        return page.map_words(self.marked)
'''
PAGE = ROOT / "samples" / "fax.tif"


@pytest.fixture
def half(tmp_path: Path) -> Path:
    path = tmp_path / "half.py"
    path.write_text(HALF)
    return path


def test_every_class_with_a_hook_is_a_plugin_of_its_stage(half: Path) -> None:
    found = read_plugins(half)
    digest = hashlib.sha256(HALF.encode()).hexdigest()
    assert [(entry.stage, entry.name) for entry in found] == [("binarize", "half_dark"), ("postprocess", "same")]
    assert found[0].title == f"binarize/half_dark (half.py sha256:{digest[:12]})"
    assert not found[0].built_in
    registry = Registry(found)
    assert registry.find("binarize", "half_dark") is found[0]
    assert registry.find("binarize", "half.py/half_dark") is found[0]
    assert registry.find("binarize", "otsu").built_in


def test_a_result_records_the_file_and_its_checksum(half: Path, tmp_path: Path) -> None:
    done = ocrpipe(
        "run", PAGE, "--plugin", half, "--binarize", "half_dark", "--set", "binarize.half=99", "--to", "json"
    )
    assert done.code == 0, done.err
    [step] = [step for step in json.loads(done.out)["steps"] if step["stage"] == "binarize"]
    digest = hashlib.sha256(half.read_bytes()).hexdigest()
    assert step == {
        "stage": "binarize",
        "plugin": "half_dark",
        "package": "half.py",
        "version": f"sha256:{digest[:12]}",
        "options": {"half": 99},
        "files": {str(half): digest},
    }


def test_a_program_may_name_files_too(half: Path) -> None:
    page = Pipeline.preset("handprint", {"binarize.use": "half_dark"}, plugins=[half]).read(PAGE)
    assert isinstance(page, Page)
    assert len(page.text) > 20


def test_a_file_goes_before_a_built_in_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(HALF.replace("HalfDark", "Otsu"))
    registry = Registry(read_plugins(path))
    assert registry.find("binarize", "otsu").file == path
    assert registry.find("binarize", "ocrpipe/otsu").built_in
    assert registry.problems(registry.find("binarize", "ocrpipe/otsu")) == [
        f"the name means that of {path}; this one is 'ocrpipe/otsu'"
    ]
    done = ocrpipe("run", PAGE, "--plugin", path, "--binarize", "otsu", "--to", "json")
    assert done.lines == [
        f"ocrpipe: {path} brings a binarize plugin 'otsu', which goes before the built-in one in this run; "
        "that is 'ocrpipe/otsu'"
    ]
    assert '"package":"mine.py"' in done.text


WRONG = {
    "syntax": ("def broken(:\n    pass\n", PluginError, r"wrong.py, line 1: cannot be imported: SyntaxError"),
    "raises": ("a = 1\nb = a / 0\n", PluginError, r"wrong.py, line 2: cannot be imported: ZeroDivisionError"),
    "exits": ("import sys\nsys.exit(3)\n", PluginError, r"wrong.py, line 2: cannot be imported: SystemExit: 3"),
    "nothing": ("a = 1\n", ConfigError, r"wrong.py: holds no plugin: no subclass of ocrpipe.Plugin that has a hook"),
    "imported": ("from ocrpipe.stages.binarize import Otsu\n", ConfigError, r"wrong.py: holds no plugin"),
    "two hooks": (
        "from ocrpipe import Plugin, hookimpl\nclass Both(Plugin):\n    @hookimpl\n    def prepare(self, page): ...\n"
        "    @hookimpl\n    def binarize(self, page): ...\n",
        ConfigError,
        r"wrong.py: Both has the hooks of prepare and binarize, .* make a class of each",
    ),
    "no text": (b"\xff\xfe\x00", PluginError, r"wrong.py.*: cannot be imported: "),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_wrong_with_a_file_is_said_with_its_line(how: str, tmp_path: Path) -> None:
    code, kind, says = WRONG[how]
    path = tmp_path / "wrong.py"
    path.write_bytes(code if isinstance(code, bytes) else code.encode())
    with pytest.raises(kind, match=says) as caught:
        read_plugins(path)
    assert str(caught.value).startswith(f"--plugin {tmp_path}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--plugin gone.py: there is no such file"):
        read_plugins("gone.py")
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        read_plugins(tmp_path)


def test_two_files_with_one_name_are_refused(half: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(HALF + "\n# another\n")
    assert len(read_all([half, half])) == 2
    with pytest.raises(ConfigError, match=r"half.py and .*other.py both bring a binarize plugin 'half_dark'"):
        read_all([half, other])


def test_a_hook_without_its_mark_is_told_of_with_the_file(half: Path) -> None:
    half.write_text(HALF.replace("    @hookimpl\n    def binarize", "    def binarize"))
    with pytest.raises(PluginError, match=r"binarize/half_dark \(half.py sha256:\w+\) has a method 'binarize' without"):
        Pipeline.preset("handprint", {"binarize.use": "half_dark"}, plugins=[half])


def test_show_explains_a_files_plugin(half: Path) -> None:
    done = ocrpipe("plugins", "show", "half_dark", "--plugin", half)
    assert done.code == 0, done.err
    assert "Ink is what is darker than a half." in done.text
    assert "grey value from which it is ground" in done.text


def test_every_stage_is_a_hook_that_no_plugin_has_by_itself() -> None:
    from ocrpipe import Plugin

    assert not [stage for stage in STAGES if hasattr(Plugin, stage)]
