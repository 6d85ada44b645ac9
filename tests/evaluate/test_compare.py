"""Pipelines side by side, and options tried out: what is shared, what is chance, what is refused."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lxml import html
from PIL import Image

from ocrpipe import ConfigError, InputError, Page, Pipeline, Source
from ocrpipe.config import Value
from ocrpipe.document import Document
from ocrpipe.evaluate import Folding, PageScore, Rate, Sheet, match, shared
from ocrpipe.evaluate.compare import Exam, compare, difference, tasks_of
from ocrpipe.evaluate.memory import peak_memory
from ocrpipe.evaluate.notes import NOTHING, Notes
from ocrpipe.evaluate.report import report_html
from ocrpipe.evaluate.sources import NO_TRUTH
from ocrpipe.evaluate.tune import Range, drawn, grid, parse_over, tune
from tests.support import ocrpipe

SAMPLES = Path(__file__).parents[2] / "samples"
SHOPPING = SAMPLES / "shopping.jpg"


def pipeline(**settings: Any) -> Pipeline:
    """The default with settings on top, named after them."""
    given = [(key.replace("__", "."), Value(value, "test")) for key, value in settings.items()]
    made = Pipeline.configured(None, given)
    made.name = repr(settings)
    return made


def test_shared_steps_run_once_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(worker: Any, *arguments: Any, **more: Any) -> Any:
        calls.append(worker.stage)
        return run(worker, *arguments, **more)

    run = shared.run
    monkeypatch.setattr(shared, "run", counted)
    pipelines = [pipeline(), pipeline(postprocess__use="none"), pipeline(classify__reject=0.95)]
    warm = {worker for one in pipelines for workers in one.workers.values() for worker in workers}
    readings = list(shared.read_side_by_side(Document.of(SHOPPING), pipelines, warm))
    assert calls.count("binarize") == calls.count("crop_normalize") == 1
    assert calls.count("classify") == 2
    for reading in readings:
        assert reading.result == pipelines[reading.pipeline].read(SHOPPING)
        assert reading.seconds > 0


def test_a_page_that_fails_counts_as_lost(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(SHOPPING.read_bytes()[:1000])
    (tmp_path / "broken.txt").write_text("SEVEN")
    tasks, _ = tasks_of([Document.of(broken)])
    (exam,) = compare(tasks, [pipeline()]).exams
    assert exam.scores[0].characters == Rate(5, 5)
    assert exam.scores[0].note
    assert exam.failed == 1
    assert not exam.seconds
    for arguments in [("-p", "handprint"), ("-p", "handprint", "--json")]:
        told = ocrpipe("compare", broken, *arguments)
        assert told.code == 1
        assert "broken.jpg" in told.err
        assert told.text


def test_a_page_that_is_not_there_is_lost_and_told(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("SEVEN")
    told = ocrpipe("compare", tmp_path / "gone.jpg", "-p", "handprint")
    assert told.code == 1
    assert "gone.jpg" in told.err
    assert "fault of ocrpipe" not in told.err


def exam(name: str, edits: list[int]) -> Exam:
    """An exam of pages of 100 characters."""
    scores = [PageScore(f"p{n}", Rate(some, 100), Rate(), Rate()) for n, some in enumerate(edits)]
    return Exam(name, pipeline(), scores)


def test_a_difference_is_beyond_chance_only_if_most_pages_agree() -> None:
    chance = random.Random(3)
    base = [chance.randint(0, 30) for _ in range(20)]
    better = difference(exam("a", base), exam("b", [some + 3 for some in base]), Folding())
    assert better.beyond_chance
    assert better.value == pytest.approx(-0.03)
    shuffled = chance.sample(base, len(base))
    assert not difference(exam("a", base), exam("b", shuffled), Folding()).beyond_chance
    assert not difference(exam("a", [1]), exam("b", [90]), Folding()).beyond_chance


def test_few_pages_tell_no_difference_however_large() -> None:
    few = difference(exam("a", [1, 2, 1, 3, 2]), exam("b", [90, 91, 95, 92, 99]), Folding())
    assert few.interval
    assert few.interval[1] < -0.8
    assert not few.beyond_chance
    assert "pages" in few.verdict
    assert difference(exam("a", [1, 2, 1, 3, 2, 1]), exam("b", [90, 91, 95, 92, 99, 90]), Folding()).beyond_chance


def test_a_page_that_only_one_pipeline_gave_counts_for_the_other_as_empty() -> None:
    assert difference(exam("a", [1]), exam("b", [1, 2]), Folding()).pages == 2


def test_where_the_truth_is_empty_nothing_differs(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_bytes(SHOPPING.read_bytes())
    (tmp_path / "page.txt").write_text("")
    tasks, _ = tasks_of([Document.of(tmp_path / "page.jpg")])
    found = compare(tasks, [pipeline(), pipeline(postprocess__use="none")])
    assert found.differences[0].value is None
    json.dumps(found.to_dict(), allow_nan=False)
    assert html.fromstring(report_html(found, Notes())).xpath("//table")


def test_what_is_built_once_is_no_pages_cost(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import time\nfrom functools import cached_property\nfrom ocrpipe import Page, Plugin, hookimpl\n"
        "class Slow(Plugin):\n"
        "    @cached_property\n    def engine(self) -> str:\n        time.sleep(1)\n        return 'built'\n"
        "    @hookimpl\n    def postprocess(self, page: Page) -> Page:\n        return page.warn(self.engine)\n"
    )
    made = Pipeline.preset("course", {"postprocess.use": "slow"}, plugins=[slow])
    (found,) = compare(tasks_of([Document.of(SHOPPING)])[0], [made]).exams
    assert found.seconds[0] < 1
    other = Pipeline.preset("course", {"postprocess.use": "slow"}, plugins=[slow])
    built: list[float] = []
    other.watch = lambda call: built.append(call.seconds)  # type: ignore[assignment]
    other.read(SHOPPING)
    assert max(built) >= 1


def test_pages_that_the_truth_does_not_know_are_told(tmp_path: Path) -> None:
    with Image.open(SHOPPING) as page:
        page.save(tmp_path / "two.tif", save_all=True, append_images=[page])
    (tmp_path / "two.txt").write_bytes((SAMPLES / "shopping.txt").read_bytes())
    (found,) = compare(tasks_of([Document.of(tmp_path / "two.tif")])[0], [pipeline()]).exams
    assert [score.note for score in found.scores] == ["", NO_TRUTH]
    assert not found.failed
    shown = ocrpipe("compare", tmp_path / "two.tif", "-p", "handprint")
    assert f"two.tif, page 2: {NO_TRUTH}" in shown.err


@pytest.mark.parametrize("text", ["binarize", "binarize.window=", "a.b=2..1"])
def test_what_cannot_be_tried_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--over"):
        parse_over([text])


def test_ranges_are_drawn_and_lists_are_combined() -> None:
    over = parse_over(["a.x=1..3", "b.y=u,v"])
    assert over == {"a.x": Range(1, 3), "b.y": ["u", "v"]}
    with pytest.raises(ConfigError, match="--random"):
        grid(over)
    some = drawn(over, 50)
    assert len(some) == 6
    assert all(1 <= one["a.x"] <= 3 for one in some)
    assert drawn(over, 5, seed=1) == drawn(over, 5, seed=1)
    with pytest.raises(ConfigError, match="combinations"):
        grid(parse_over([f"a.x{n}=1,2,3" for n in range(9)]))


def test_tuning_finds_the_better_option() -> None:
    tasks, _ = tasks_of([Document.of(SHOPPING), Document.of(SAMPLES / "alphabet.jpg")])

    def build(settings: Any) -> Pipeline:
        return pipeline(**{key.replace(".", "__"): value for key, value in settings.items()})

    found = tune(tasks, build, grid({"classify.use": ["mlp"], "segment.use": ["boxes", "letters"]}))
    assert found.best.settings["segment.use"] == "letters"
    assert found.best.rate == found.before.rate
    assert found.held_out is not None
    assert len(found.trials) == 2


def test_pages_without_truth_are_named(tmp_path: Path) -> None:
    (tmp_path / "shopping.txt").write_text("MILK")
    tasks, strays = tasks_of([Document.of(SHOPPING), Document.of(SAMPLES / "fax.tif")], tmp_path)
    assert [task.document.title for task in tasks] == [str(SHOPPING)]
    assert strays == [str(SAMPLES / "fax.tif")]
    with pytest.raises(InputError, match="no truth"):
        tasks_of([Document.of(SHOPPING)], tmp_path / "..")


def test_truth_and_results_match_by_name(tmp_path: Path) -> None:
    truth, result = tmp_path / "truth", tmp_path / "result"
    truth.mkdir(), result.mkdir()
    page = Pipeline.preset().read(SHOPPING)
    (truth / "book.txt").write_text("ONE\fTWO\fTHREE\f")
    (truth / "lost.txt").write_text("GONE")
    (result / "book.json").write_text(page.to_json())
    (result / "book-p0002.json").write_text(page.to_json())
    (result / "stray.txt").write_text("")
    matches = match(truth, result)
    assert matches.strays == ("stray",)
    pairs = list(matches)
    assert [(pair.name, pair.note) for pair in pairs] == [
        ("book", ""),
        ("book, page 2", ""),
        ("book, page 3", "no result"),
        ("lost", "no result"),
    ]
    assert pairs[1].result.text == page.text
    assert isinstance(pairs[0].result.page, Page)


def test_the_commands_end_to_end(tmp_path: Path) -> None:
    done = ocrpipe("run", SHOPPING, "--to", "json", "-o", tmp_path)
    assert done.code == 0, done.err
    told = ocrpipe("eval", SAMPLES / "shopping.txt", tmp_path / "shopping.json", "--json")
    figures = json.loads(told.text)
    assert figures["cer"] == figures["pages"][0]["cer"] < 0.1
    assert figures["cer_interval"] is None
    shown = ocrpipe("eval", SAMPLES, tmp_path, "--ignore-spaces")
    assert "not counted: spaces" in shown.text
    both = ocrpipe("compare", SHOPPING, SAMPLES / "alphabet.jpg", "-p", "handprint", "-p", "course", "--json")
    compared = json.loads(both.text)
    assert compared["differences"][0]["first"] == "handprint"
    assert all(one["memory_mb"] > 10 for one in compared["pipelines"])
    report = tmp_path / "report.html"
    shown = ocrpipe("compare", SAMPLES / "fax.tif", "-p", "handprint", "-p", "course", "--report", report)
    assert str(report) in shown.err
    best = tmp_path / "best.toml"
    tuned = ocrpipe("tune", SHOPPING, "--over", "binarize.use=otsu,strokes", "-o", best)
    assert tuned.code == 0, tuned.err
    assert ocrpipe("run", SHOPPING, "-p", best).text.split() == ocrpipe("run", SHOPPING).text.split()


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.json"
    foreign.write_text("{}")
    for arguments, said in [
        (("eval", tmp_path / "none.txt", foreign), "none.txt"),
        (("eval", SAMPLES / "shopping.txt", foreign), "foreign.json"),
        (("compare", SHOPPING, "-p", "handprint", "-p", "handprint"), "twice"),
        (("compare", tmp_path / "none.jpg", "-p", "handprint"), "no truth"),
        (("tune", SHOPPING, "--over", "classify.reject=7"), "reject"),
    ]:
        done = ocrpipe(*arguments)
        assert done.code in (2, 4), done.err
        assert said in done.err
        assert "Traceback" not in done.err


def test_the_report_shows_hostile_text_as_text(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_bytes(SHOPPING.read_bytes())
    (tmp_path / "page.txt").write_text("<script>alert(1)</script> \x07 A & B\n<!-- O0O0 -->")
    tasks, _ = tasks_of([Document.of(tmp_path / "page.jpg")])
    notes = Notes()
    found = compare(tasks, [pipeline(), pipeline(classify__reject=0.95)], look=notes.see)
    tree = html.fromstring(report_html(found, notes))
    assert not tree.xpath("//script | //comment() | //*[@onclick]")
    (first, *_) = tree.xpath("//pre")
    lost = "".join(first.xpath("./text() | ./del/text()"))
    assert "<script>alert(1)</script>" in lost
    assert "\ufffd" in lost
    assert len(tree.xpath("//pre[@dir='auto']")) == len(tree.xpath("//pre"))
    assert tree.xpath("//img[starts-with(@src, 'data:image/jpeg;base64,')]")
    assert not tree.xpath("//*[starts-with(@src, 'http') or starts-with(@href, 'http')]")


def test_notes_keep_the_worst_pages_and_all_confusions() -> None:
    notes = Notes(cases=2)
    task = tasks_of([Document.of(SHOPPING)])[0][0]
    page = Page(source=Source(width=9, height=9), blocks=())
    for number in range(1, 40):
        notes.see(exam("a", []), task, number, Sheet("A" * (number % 20)), page)
    assert len(notes.worst) == 2
    assert notes.confusions["a"][("A", NOTHING)] == sum(number % 20 for number in range(1, 40))


def test_spaces_that_do_not_count_are_no_confusions() -> None:
    notes = Notes(Folding(spaces=True))
    task = tasks_of([Document.of(SHOPPING)])[0][0]
    notes.see(exam("a", []), task, 1, Sheet("A B"), Page(source=Source(width=9, height=9), blocks=()))
    assert notes.confusions["a"] == {("A", NOTHING): 1, ("B", NOTHING): 1}


def test_a_file_of_plugins_can_be_compared(tmp_path: Path) -> None:
    mine = tmp_path / "shout.py"
    mine.write_text(
        "from ocrpipe import Page, Plugin, hookimpl\n"
        "class Shout(Plugin):\n    @hookimpl\n    def postprocess(self, page: Page) -> Page:\n        return page\n"
    )
    (tmp_path / "a").mkdir()
    for name in ("a/same.toml", "same.toml"):
        (tmp_path / name).write_text('extends = "course"\n[[postprocess]]\nuse = "shout"\n')
    names = [tmp_path / "a" / "same.toml", tmp_path / "same.toml"]
    told = ocrpipe("compare", SHOPPING, "-p", names[0], "-p", names[1], "--plugin", mine, "--json")
    assert told.code == 0, told.err
    found = json.loads(told.text)["pipelines"]
    assert [one["name"] for one in found] == list(map(str, names))
    assert all(one["memory_mb"] for one in found)
    assert "1 of 1 files" in told.err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the starting process in")
def test_memory_is_that_of_the_pipeline_and_not_of_who_asks() -> None:
    mine = np.ones(600_000_000, np.uint8)
    peak = peak_memory(pipeline(), SHOPPING)
    assert mine.nbytes == 600_000_000
    assert peak
    assert 50 < peak < 500


def test_a_page_that_is_missing_shifts_no_other(tmp_path: Path) -> None:
    truth, result = tmp_path / "truth", tmp_path / "result"
    truth.mkdir(), result.mkdir()
    (truth / "book.txt").write_text("ONE\fTWO\fTHREE")
    page = Page(source=Source(width=9, height=9, page=3), blocks=())
    (result / "book.json").write_text(page.replace(source=Source(width=9, height=9)).to_json())
    (result / "book-p0003.json").write_text(page.to_json())
    assert [(pair.truth.text, pair.note) for pair in match(truth, result)] == [
        ("ONE", ""),
        ("TWO", "no result"),
        ("THREE", ""),
    ]
    (result / "book.jsonl").write_text(page.to_json() + "\n" + page.to_json())
    (only,) = match(truth / "book.txt", result / "book-p0003.json").files.values()
    assert only[1] == [(1, result / "book-p0003.json")]


def test_a_result_that_cannot_be_read_is_one_of_no_pages(tmp_path: Path) -> None:
    truth, result = tmp_path / "truth", tmp_path / "result"
    truth.mkdir(), result.mkdir()
    for name in ("a", "b"):
        (truth / f"{name}.txt").write_text("TEXT")
        (result / f"{name}.txt").write_text("TEXT")
    (result / "a.json").write_text("{")
    first, second = match(truth, result)
    assert "a.json" in first.note
    assert second.result.text == "TEXT"
    done = ocrpipe("eval", truth, result)
    assert done.code == 1
    assert "a.json" in done.err
    with pytest.raises(InputError):
        list(match(result, truth))


def test_a_path_is_no_range() -> None:
    assert parse_over(["classify.weights=../a.safetensors,../b"]) == {"classify.weights": ["../a.safetensors", "../b"]}
