"""A pipeline as a library's user meets it: made, printed, made again, and fed with all that can be read."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ocrpipe import Document, InputError, Pipeline
from tests.support import toy_file


@pytest.fixture(autouse=True)
def packages(installed: Callable[..., Path]) -> None:
    installed("toy")


@pytest.mark.parametrize("name", ["toy", "handprint", "course"])
def test_a_resolved_pipeline_is_printed_and_gives_itself_again(name: str, tmp_path: Path) -> None:
    pipeline = Pipeline.preset(name)
    path = tmp_path / "resolved.toml"
    path.write_text(pipeline.to_toml())
    again = Pipeline.from_file(path)
    assert again.to_toml() == pipeline.to_toml()
    for stage, workers in pipeline.workers.items():
        assert [(w.name, w.plugin.model_dump()) for w in workers] == [
            (w.name, w.plugin.model_dump()) for w in again.workers[stage]
        ]


def test_a_resolved_pipeline_keeps_what_was_set(tmp_path: Path) -> None:
    settings = {"postprocess.use": "shout,shout", "binarize.half": 7, "classify.weights": 'a "b"\\c.txt'}
    path = tmp_path / "resolved.toml"
    path.write_text(Pipeline.preset("toy", settings).to_toml())
    again = Pipeline.from_file(path, {"binarize.rule": "light"})
    assert len(again.workers["postprocess"]) == 2
    assert again.workers["binarize"][0].plugin.model_dump() == {"half": 7, "rule": "light"}
    assert again.workers["classify"][0].plugin.model_dump()["weights"] == Path('a "b"\\c.txt')


def test_paths_bytes_and_documents_are_read_alike(tmp_path: Path) -> None:
    path = toy_file(tmp_path / "two.toy", "#", "##")
    pipeline = Pipeline.preset("toy")
    pages = [pipeline.read(thing, page=2) for thing in (path, str(path), path.read_bytes())]
    pages.append(pipeline.read(Document.of(path, pages=(2,))))
    assert [page.text for page in pages] == ["AA"] * 4
    assert [page.source.path for page in pages] == [str(path), str(path), None, str(path)]
    assert {page.source.sha256 for page in pages} == {Document.of(path).sha256}


def test_standard_input_is_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = toy_file(tmp_path / "one.toy", "#")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    page = Pipeline.preset("toy").read("-")
    assert (page.text, page.source.path) == ("A", "-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_with_a_name_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        pool.submit(pipe.write_bytes, b"toy\n#\n##")
        page = Pipeline.preset("toy").read(pipe, page=2)
    assert (page.text, page.source.path) == ("AA", str(pipe))


def test_arrays_and_pillow_images_are_documents() -> None:
    from PIL import Image

    assert Document.of(np.zeros((3, 4))).array is not None
    assert Document.of(Image.new("L", (4, 3))).image is not None
    assert Document.of(np.zeros((3, 4))).sha256 is None
    for thing in (3, None, [1, 2], {"a": 1}):
        with pytest.raises(TypeError, match="cannot read a page from a"):
            Document.of(thing)


def test_an_image_in_memory_cannot_be_opened() -> None:
    with (
        pytest.raises(ValueError, match="image in memory has no bytes to open"),
        Document.of(np.zeros((3, 4))).open(),
    ):
        pass


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no/such"):
        Pipeline.preset("toy").read("no/such.png")


def test_a_blank_page_reads_as_empty_text(tmp_path: Path) -> None:
    page = Pipeline.preset("toy").read(toy_file(tmp_path / "blank.toy", "   "))
    assert (page.text, page.blocks) == ("", ())


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = toy_file(tmp_path / "one.toy", "# ##")
    assert Pipeline.preset("toy").read(path).to_json() == Pipeline.preset("toy").read(path).to_json()
