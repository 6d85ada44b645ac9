"""The viewer of `export/html` in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from ocrpipe import Alternative, GrayPage, Page, Pipeline, Reading, Step
from ocrpipe.stages.export.html import Html
from tests.browser.conftest import Browser
from tests.export.test_html import BLANK, HOSTILE, STOPS
from tests.strategies import page_of, pixels_of
from tests.support import ROOT

pytestmark = pytest.mark.slow


def write(path: Path, page: Page, trail: Sequence[GrayPage | Page] = (), loaded: GrayPage | None = None) -> Path:
    path.write_bytes(b"".join(Html().export([page], lambda p: loaded or pixels_of(p), lambda _: tuple(trail))))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a sample page, one with hostile text, one without text, and one without confidences."""
    folder = tmp_path_factory.mktemp("viewer")
    [read] = Pipeline.preset("handprint", {"export.use": "html"}).read_all(ROOT / "samples" / "shopping.jpg")
    assert read.page
    write(folder / "sample.html", read.page, read.trail, read.loaded)
    step = Step(
        stage="classify", plugin=HOSTILE[0], package=HOSTILE[1], version=HOSTILE[2], options={HOSTILE[3]: "<b>"}
    )
    hostile = page_of(*HOSTILE, width=4000, height=300, path=HOSTILE[0]).warn(HOSTILE[3]).replace(steps=(step,))
    write(folder / "hostile.html", hostile)
    write(folder / "blank.html", BLANK)
    write(folder / "unknown.html", page_of("A", "B", confidence=None))
    return folder


@pytest.fixture
def sample(browser: Browser, folder: Path) -> Browser:
    """Open the sample page."""
    browser.open(folder / "sample.html")
    return browser


def card(browser: Browser) -> dict[str, str]:
    """Return what the card says; nothing where it is hidden."""
    if not browser.find("#card").is_displayed():
        return {}
    return {name: browser.find(f"#{name}").text for name in ("letter", "code", "sureness", "others", "note")}


def shown(browser: Browser) -> str:
    """Return which layers can be seen."""
    layers: str = browser.run(
        "return [...document.querySelectorAll('.layer, .cells')]"
        ".filter(e => e.checkVisibility({visibilityProperty: true}))"
        ".map(e => e.classList[e.classList[0] === 'layer' ? 1 : 0]).join(' ')"
    )
    return layers


def press(browser: Browser, *keys: str) -> None:
    ActionChains(browser.driver).send_keys(*keys).perform()


def focused(browser: Browser) -> str:
    """Return what a screen reader says of what has the focus."""
    label: str = browser.run("return document.activeElement.getAttribute('aria-label')")
    return label


@pytest.mark.parametrize("name", ["sample", "hostile", "blank", "unknown"])
def test_it_opens_without_a_complaint_and_asks_for_nothing_else(browser: Browser, folder: Path, name: str) -> None:
    path = folder / f"{name}.html"
    browser.open(path)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith("data:")] == [path.as_uri()]


class TestHover:
    def test_the_card_tells_text_confidence_and_alternatives(self, browser: Browser, tmp_path: Path) -> None:
        others = (Alternative(text="O", confidence=0.5), Alternative(text="0", confidence=0.25), Alternative(text=""))
        page = page_of("O", "B")
        page = page.map_words(
            lambda word: word.model_copy(
                update={
                    "glyphs": (word.glyphs[0].replace(reading=Reading(text="O", confidence=0.5, alternatives=others)),)
                }
            )
        )
        browser.open(write(tmp_path / "page.html", page))
        assert card(browser) == {}
        ActionChains(browser.driver).move_to_element(browser.find(".piece")).perform()
        assert card(browser) == {
            "letter": "O",
            "code": "U+004F",
            "sureness": "50% · poor",
            "others": "0\n25%\nno letter\n?",
            "note": "",
        }
        ActionChains(browser.driver).move_to_element(browser.find("footer")).perform()
        assert card(browser) == {}

    def test_page_and_text_point_at_each_other(self, sample: Browser) -> None:
        ActionChains(sample.driver).move_to_element(sample.all(".piece")[5]).perform()
        assert [span.get_attribute("data-piece") for span in sample.all("#text .current")] == ["5"]
        ActionChains(sample.driver).move_to_element(sample.all("#text span")[9]).perform()
        assert [piece.get_attribute("data-piece") for piece in sample.all(".piece.current")] == ["9"]

    def test_the_card_hides_no_part_of_what_it_tells_of(self, sample: Browser) -> None:
        for piece in sample.all(".piece")[::7]:
            ActionChains(sample.driver).move_to_element(piece).perform()
            about, told = sample.find("#card").rect, piece.rect
            assert about["y"] >= told["y"] + told["height"] or about["y"] + about["height"] <= told["y"]
            assert 0 <= about["x"] <= 1440 - about["width"]

    def test_what_context_changed_is_told(self, sample: Browser) -> None:
        changed = sample.run("return reading.changed[0]")
        ActionChains(sample.driver).move_to_element(sample.all(".piece")[changed[0]]).perform()
        assert card(sample)["note"].startswith(f"The classifier read {changed[1]}; context made it")


class TestKeyboard:
    def test_every_letter_can_be_reached(self, sample: Browser) -> None:
        first = sample.find(".piece")
        for _ in range(12):  # past search, theme, slider, steps and the picture
            press(sample, Keys.TAB)
            if sample.run("return document.activeElement") == first:
                break
        assert focused(sample).startswith("S; ")
        assert card(sample)["letter"] == "S"
        seen = [focused(sample)]
        for _ in sample.all(".piece")[1:]:
            press(sample, Keys.ARROW_RIGHT)
            seen.append(focused(sample))
        spoken = [label.get_attribute("aria-label") for label in sample.all(".piece")]
        assert seen == spoken
        press(sample, Keys.HOME)
        assert sample.run("return document.activeElement") == first
        assert len(sample.all(".piece[tabindex='0']")) == 1
        assert [piece.get_attribute("data-piece") for piece in sample.all("[aria-selected=true]")] == ["0"]

    def test_up_and_down_go_to_the_nearest_of_the_next_line(self, sample: Browser) -> None:
        sample.run("document.querySelector('.piece').focus()")
        press(sample, Keys.ARROW_DOWN)
        second = sample.run("return page.lines[1].words.flat()")
        assert int(sample.run("return document.activeElement.dataset.piece")) in second
        press(sample, Keys.ARROW_UP)
        assert int(sample.run("return document.activeElement.dataset.piece")) in sample.run(
            "return page.lines[0].words.flat()"
        )

    def test_escape_closes_the_card_and_the_list_of_steps(self, sample: Browser) -> None:
        sample.run("document.querySelector('.piece').focus()")
        press(sample, Keys.ARROW_RIGHT)
        assert card(sample)
        press(sample, Keys.ESCAPE)
        assert card(sample) == {}
        sample.find("#how summary").click()
        assert sample.find("#steps").is_displayed()
        press(sample, Keys.ESCAPE)
        assert not sample.find("#steps").is_displayed()

    def test_the_focus_is_seen(self, sample: Browser) -> None:
        sample.run("document.querySelector('.piece').focus()")
        press(sample, Keys.ARROW_RIGHT)
        width = (
            "return parseFloat(getComputedStyle(document.querySelectorAll('.piece .box')[arguments[0]]).strokeWidth)"
        )
        assert sample.run(width, 1) > 2 * sample.run(width, 0)


class TestSlider:
    def test_arrow_keys_go_through_all_stages(self, sample: Browser) -> None:
        slider = sample.find("#stop")
        slider.send_keys(Keys.HOME)
        seen = []
        for _ in STOPS:
            layers = {"crops": "cells", "reading": "grey reading"}
            name = STOPS[int(slider.get_attribute("value") or 0)]
            sample.run("return document.getAnimations().forEach(animation => animation.finish())")
            assert shown(sample) == layers.get(name, name)
            seen.append(slider.get_attribute("aria-valuetext"))
            slider.send_keys(Keys.ARROW_RIGHT)
        assert seen == ["Grey", "Prepared", "Ink", "Components", "Rows", "Crops", "Reading"]
        assert sample.complaints() == []

    def test_names_can_be_clicked_and_linked_to(self, sample: Browser, folder: Path) -> None:
        sample.all("#stops button")[2].click()
        assert "Each pixel is decided" in sample.find("#says").text
        sample.open(folder / "sample.html", "rows")
        assert sample.find("#stop").get_attribute("value") == "4"
        assert sample.run("return scrollY") == 0

    def test_each_stop_names_its_plugins_and_their_options(self, sample: Browser, folder: Path) -> None:
        sample.open(folder / "sample.html", "prepared")
        assert sample.find("#how summary").text == "by invert, shrink, shading"
        sample.find("#how summary").click()
        steps = sample.find("#steps").text
        assert "prepare / invert ocrpipe" in steps
        assert "left the page as it was" in steps
        assert "stroke\n2.5" in steps

    def test_crops_are_drawn_and_tell_what_became_of_them(self, sample: Browser, folder: Path) -> None:
        sample.open(folder / "sample.html", "crops")
        light = sample.run(
            "return [...document.querySelectorAll('.crop canvas')].map(c => Math.max("
            "...c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((_, n) => n % 4 === 0)))"
        )
        assert len(light) > 50
        assert min(light) > 100
        ActionChains(sample.driver).move_to_element(sample.find(".crop")).perform()
        assert card(sample)["letter"] == "S"
        sample.run("document.querySelector('.crop').focus()")
        press(sample, Keys.ARROW_RIGHT)
        assert focused(sample).startswith("H; ")
        assert sample.all(".crop.lost")
        ActionChains(sample.driver).scroll_to_element(sample.find(".crop.lost")).perform()
        ActionChains(sample.driver).move_to_element(sample.find(".crop.lost")).perform()
        assert card(sample)["sureness"] == "Not taken"

    def test_what_a_layer_draws_lies_where_the_letters_are(self, sample: Browser, folder: Path) -> None:
        sample.open(folder / "sample.html", "components")
        found = sample.run(
            "const boxes = [...document.querySelectorAll('.components .found')].map(e => e.getBoundingClientRect());"
            "return onPage.map(e => e.getBoundingClientRect()).filter(a => boxes.some(b =>"
            "  Math.abs(a.left - b.left) < 3 && Math.abs(a.top - b.top) < 3)).length / onPage.length"
        )
        assert found > 0.9  # but for rival cuts that were taken


class TestSearch:
    def test_it_finds_across_words_without_regard_to_case(self, sample: Browser) -> None:
        query = sample.find("#query")
        query.send_keys("Bags Of")
        assert sample.find("#hits").text == "1 found"
        assert "".join(span.text for span in sample.all("#text .hit")) == "BAGSOF"
        assert len(sample.all(".piece.hit")) == 6

    def test_enter_goes_from_match_to_match_and_keeps_the_focus(self, sample: Browser) -> None:
        query = sample.find("#query")
        query.send_keys("an")
        seen = []
        for key in (Keys.ENTER, Keys.ENTER, Keys.SHIFT + Keys.ENTER):
            query.send_keys(key)
            seen.append(sample.find("#hits").text)
        assert seen == ["1 of 2", "2 of 2", "1 of 2"]
        assert card(sample)["letter"] == "A"
        assert sample.run("return document.activeElement.id") == "query"
        sample.find("#next").click()
        assert sample.find("#hits").text == "2 of 2"

    def test_nothing_found_is_said(self, sample: Browser) -> None:
        sample.find("#query").send_keys("zebra")
        assert sample.find("#hits").text == "none found"
        assert not sample.all(".hit")
        assert not sample.find("#next").is_displayed()
        sample.find("#query").clear()
        sample.find("#query").send_keys(" ")
        assert sample.find("#hits").text == ""

    def test_accents_need_not_be_typed(self, browser: Browser, tmp_path: Path) -> None:
        browser.open(write(tmp_path / "page.html", page_of("É", "t", "e\u0301")))
        browser.find("#query").send_keys("ete")
        assert browser.find("#hits").text == "1 found"

    def test_a_sign_that_is_a_space_and_a_mark_finds_nothing(self, sample: Browser) -> None:
        sample.find("#query").send_keys("\u00a8", Keys.ENTER)
        assert sample.find("#hits").text == ""
        assert sample.complaints() == []

    def test_the_card_stays_with_a_match_that_had_to_be_scrolled_to(self, sample: Browser) -> None:
        for _ in range(4):
            sample.find("#larger").click()
        sample.find("#query").send_keys("oats", Keys.ENTER)
        sample.driver.execute_async_script("setTimeout(arguments[0], 300)")
        assert card(sample)["letter"] == "O"
        place = "const b = onPage[arguments[0]].getBoundingClientRect(); return [b.left, b.top]"
        left, top = sample.run(place, sample.run("return hits[0][0]"))
        assert 0 <= left <= 1440
        assert 0 <= top <= 900

    def test_it_leads_back_to_the_reading(self, sample: Browser, folder: Path) -> None:
        sample.open(folder / "sample.html", "ink")
        sample.find("#query").send_keys("eggs", Keys.ENTER)
        assert sample.find("#stop").get_attribute("aria-valuetext") == "Reading"


class TestLook:
    def test_what_is_less_sure_looks_different(self, browser: Browser, tmp_path: Path) -> None:
        looks = set()
        for n, confidence in enumerate((None, 0.0, 0.7, 1.0)):
            browser.open(write(tmp_path / f"{n}.html", page_of("A", confidence=confidence)))
            for place in (".piece .box", "#text span"):
                style = "const s = getComputedStyle(document.querySelector(arguments[0]));"
                looks.add((place, browser.run(f"{style} return s.stroke + s.strokeWidth + s.color", place)))
        assert len([look for look in looks if look[0] == ".piece .box"]) == 4
        assert len([look for look in looks if look[0] == "#text span"]) == 3  # what is unknown is not blamed

    def test_the_legend_counts_and_leads_to_the_next(self, sample: Browser) -> None:
        doubtful = sample.run("return page.pieces.flatMap((p, n) => p.sure < 0.9 && p.sure >= 0.6 ? [n] : [])")
        button = next(b for b in sample.all(".legend button") if "doubtful" in b.text)
        assert button.text == f"{len(doubtful)} doubtful"
        for expected in (*doubtful, doubtful[0]):
            button.click()
            assert int(sample.run("return document.activeElement.dataset.piece")) == expected

    def test_dark_and_light(self, sample: Browser, folder: Path) -> None:
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = sample.run(ground)
        assert sample.find("#theme").get_attribute("aria-pressed") == "false"
        sample.find("#theme").click()
        dark = sample.run(ground)
        assert dark != light
        assert sample.find("#theme").get_attribute("aria-pressed") == "true"
        sample.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        sample.open(folder / "sample.html")
        assert sample.run(ground) == dark
        sample.find("#theme").click()
        assert sample.run(ground) == light

    def test_a_phone_scrolls_one_way_only(self, browser: Browser, folder: Path) -> None:
        browser.command("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
        for name in ("sample", "hostile", "blank"):
            for stop in STOPS:
                browser.open(folder / f"{name}.html", stop)
                assert browser.run("return document.documentElement.scrollWidth") == 360, (name, stop)

    def test_it_can_be_enlarged(self, sample: Browser) -> None:
        width = "return document.querySelector('#stack').getBoundingClientRect().width"
        before = sample.run(width)
        sample.find("#larger").click()
        assert sample.run(width) == pytest.approx(1.5 * before, rel=0.01)
        sample.find("#smaller").click()
        assert sample.run(width) == pytest.approx(before, rel=0.01)
        assert not sample.find("#smaller").is_enabled()

    def test_nothing_moves_for_who_wants_no_motion(self, browser: Browser, folder: Path) -> None:
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        browser.command("Emulation.setEmulatedMedia", features=still)
        browser.open(folder / "sample.html")
        browser.find("#stop").send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        assert browser.run("return document.getAnimations().length") == 0


class TestHarmless:
    def test_text_stays_text(self, browser: Browser, folder: Path) -> None:
        browser.open(folder / "hostile.html")
        assert browser.run("return page.pieces.map(piece => piece.text)") == list(HOSTILE)
        assert browser.run("return [...document.querySelectorAll('#text span')].map(e => e.textContent)") == list(
            HOSTILE
        )
        for piece in range(6):
            browser.run("onPage[arguments[0]].focus()", piece)
            press(browser, Keys.SHIFT)
        browser.find("#how summary").click()
        assert browser.all("script, img, i, b, svg svg") == browser.all(
            "body > script, .legend i, .bar i, #letter, #says b"
        )
        assert browser.complaints() == []

    def test_even_markup_that_got_in_could_not_run(self, sample: Browser) -> None:
        sample.run(
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.harm = 1\">');"
            "const script = document.createElement('script'); script.textContent = 'window.harm = 1';"
            "document.body.append(script);"
        )
        sample.driver.execute_async_script("setTimeout(arguments[0], 300)")
        assert sample.run("return window.harm") is None
        assert any("Content Security Policy" in complaint for complaint in sample.complaints())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, folder: Path, violations: Callable[[], list[str]], theme: str
) -> None:
    browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
    stops_of = {"sample": STOPS if theme == "light" else ["rows", "crops", "reading"], "hostile": [""], "blank": [""]}
    for name, stops in stops_of.items():
        for stop in stops:
            browser.open(folder / f"{name}.html", stop)
            browser.run("document.getAnimations().forEach(animation => animation.finish())")
            browser.run("document.querySelector('#how').open = true; document.querySelector('.piece')?.focus()")
            assert violations() == [], (name, stop)


def test_axe_would_find_something(browser: Browser, folder: Path, violations: Callable[[], list[str]]) -> None:
    browser.open(folder / "sample.html")
    browser.run("document.querySelector('#theme').removeAttribute('aria-label')")
    assert [line.partition(":")[0] for line in violations()] == ["button-name"]
