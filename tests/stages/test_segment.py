"""The letter finder on made pages: what it finds, joins, cuts and leaves out."""

from itertools import chain
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from ocrpipe import BinaryPage, Box, Region, SegmentedPage, Source
from ocrpipe.stages._chains import MOST_LETTERS
from ocrpipe.stages._ink import connect, find_parts
from ocrpipe.stages.segment import Boxes, Letters

STROKE = 6


def page_of(ink, gray=None):
    gray = np.where(ink, 40, 255).astype(np.uint8) if gray is None else gray
    return BinaryPage(source=Source(width=ink.shape[1], height=ink.shape[0]), gray=gray, ink=ink)


class Sheet:
    """A page to draw letters on; each letter is 50 high and 36 wide."""

    SHAPES: ClassVar = {
        "H": [[(0, 0), (0, 50)], [(36, 0), (36, 50)], [(0, 25), (36, 25)]],
        "E": [[(0, 0), (0, 50)], [(0, 0), (32, 0)], [(0, 25), (28, 25)], [(0, 50), (32, 50)]],
        "L": [[(0, 0), (0, 50), (30, 50)]],
        "T": [[(0, 0), (36, 0)], [(18, 0), (18, 50)]],
        "I": [[(0, 0), (0, 50)]],
        "O": [[(0, 10), (10, 0), (26, 0), (36, 10), (36, 40), (26, 50), (10, 50), (0, 40), (0, 10)]],
        "N": [[(0, 50), (0, 0), (34, 50), (34, 0)]],
    }

    def __init__(self, width=800, height=400):
        self.image = Image.new("L", (width, height), 255)
        self.draw = ImageDraw.Draw(self.image)

    def stroke(self, points, fill=40, width=STROKE):
        self.draw.line(points, fill=fill, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            r = width / 2 - 0.5
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def letter(self, name, x, y, size=1.0, fill=40):
        for line in self.SHAPES[name]:
            self.stroke([(x + size * px, y + size * py) for px, py in line], fill)

    def write(self, text, x, y, pitch=60, size=1.0, fill=40):
        for k, name in enumerate(text):
            if name != " ":
                self.letter(name, x + k * pitch, y, size, fill)

    @property
    def page(self):
        gray = np.asarray(self.image)
        return page_of(gray < 200, gray)

    @property
    def regions(self):
        return Letters().segment(self.page).regions


def cuts(region):
    return [(region,), *region.rivals]


def matches(region, x0, x1, slack=8):
    return abs(region.box.x0 - x0) <= slack and abs(region.box.x1 - x1) <= slack


def test_each_letter_is_one_region_and_nothing_else():
    sheet = Sheet()
    sheet.write("HELLO TENT", 40, 60)
    sheet.write("NOTE", 40, 200)
    assert len(sheet.regions) == 13


def test_a_blank_page_has_no_regions():
    assert Letters().segment(page_of(np.zeros((40, 60), bool))).regions == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (300, 400)])
def test_a_page_of_nothing_but_ink_has_no_letters(shape):
    assert Letters().segment(page_of(np.ones(shape, bool))).regions == ()


def test_specks_are_left_out_in_proportion_to_the_letters():
    rng = np.random.default_rng(0)
    for size in (1.0, 2.5):
        sheet = Sheet(1600, 800)
        sheet.write("HELLO TEN", 60, 80, 60 * size, size)
        for x, y in rng.uniform((0, 400), (1600, 790), (60, 2)):
            sheet.draw.rectangle((x, y, x + 2 * size, y + 2 * size), fill=40)
        assert len(sheet.regions) == 8


def test_what_the_border_cuts_is_left_out_but_not_what_comes_close():
    sheet = Sheet()
    sheet.write("HELLO", 60, 3 + STROKE // 2, 60)
    sheet.letter("O", 780, 200)
    sheet.letter("E", 300, 370)
    assert len(sheet.regions) == 5


def test_long_rules_and_frames_are_left_out():
    sheet = Sheet()
    sheet.write("HELLO", 80, 80)
    sheet.write("NOTE", 80, 220)
    for y in (160, 300):
        sheet.draw.line((10, y, 790, y + 6), fill=40, width=3)
    sheet.draw.rectangle((4, 4, 795, 395), outline=40, width=4)
    assert len(sheet.regions) == 9


def test_rules_that_run_through_letters_do_not_hide_them():
    sheet = Sheet()
    sheet.write("HELLO TENT", 80, 80)
    sheet.write("NOTE HELL", 80, 220)
    for y in (100, 132, 164, 196, 228, 260):
        sheet.draw.line((10, y, 790, y + 3), fill=40, width=3)
    found = [region for region in sheet.regions if region.box.height > 35]
    assert len(found) >= 16


def test_ghosts_are_left_out():
    sheet = Sheet()
    sheet.write("HELLO", 80, 80)
    sheet.write("NOTE", 100, 220, fill=190)
    assert len(sheet.regions) == 5


def test_a_shadow_is_no_letter():
    sheet = Sheet()
    sheet.write("HELLO", 80, 80)
    sheet.draw.ellipse((500, 200, 700, 330), fill=40)
    assert len(sheet.regions) == 5


def test_parts_above_each_other_are_joined():
    sheet = Sheet()
    sheet.write("HELLO", 80, 80)
    sheet.stroke([(400, 80), (440, 80)])  # a T whose bar floats
    sheet.stroke([(420, 96), (420, 130)])
    sheet.stroke([(480, 98), (515, 98)])  # =
    sheet.stroke([(480, 114), (515, 114)])
    sheet.stroke([(560, 100), (560, 130)])  # i
    sheet.draw.ellipse((556, 80, 564, 88), fill=40)
    regions = sheet.regions
    assert len(regions) == 8
    for x0, x1, height in ((397, 443, 56), (477, 518, 22), (556, 564, 53)):
        assert any(matches(region, x0, x1) and abs(region.box.height - height) < 6 for region in regions)


def test_letters_that_touch_are_offered_cut_and_whole():
    sheet = Sheet()
    sheet.write("HELLO NOTE", 60, 80)
    sheet.letter("H", 100, 220)
    sheet.letter("N", 142, 220)
    sheet.stroke([(136, 225), (142, 225)])
    [region] = [region for region in sheet.regions if region.box.y0 > 180]
    assert matches(region, 97, 179)
    assert any(len(cut) == 2 and matches(cut[0], 97, 139) and matches(cut[1], 139, 179) for cut in region.rivals)


def test_a_whole_word_may_touch():
    sheet = Sheet()
    sheet.write("HELLO NOTE", 60, 80)
    sheet.write("HNHN", 100, 220, pitch=44)
    sheet.draw.line((100, 223, 260, 223), fill=40, width=3)
    [region] = [region for region in sheet.regions if region.box.y0 > 180]
    wanted = [(97 + 44 * k, 139 + 44 * k) for k in range(4)]
    assert any(
        len(cut) == 4 and all(matches(part, *edges, slack=10) for part, edges in zip(cut, wanted, strict=True))
        for cut in region.rivals
    )


def test_letters_that_run_into_each_other_may_share_a_stroke():
    sheet = Sheet()
    sheet.write("HELLO NOTE", 60, 80)
    sheet.letter("O", 100, 220)
    sheet.letter("E", 136, 220)  # the right side of the O is the back of the E
    [region] = [region for region in sheet.regions if region.box.y0 > 180]
    assert any(len(cut) == 2 and matches(cut[0], 97, 139) and matches(cut[1], 133, 171) for cut in region.rivals)


def test_a_letter_in_pieces_is_offered_whole_and_in_pieces():
    sheet = Sheet()
    sheet.write("HELLO NOTE", 60, 80)
    sheet.stroke([(100, 220), (100, 270)])  # an H whose right half came loose
    sheet.stroke([(100, 245), (118, 245)])
    sheet.stroke([(130, 220), (130, 270)])
    found = [region for region in sheet.regions if region.box.y0 > 180]
    offered = [part for region in found for cut in cuts(region) for part in cut]
    assert any(matches(part, 97, 133) for part in offered)
    assert any(matches(part, 97, 121) for part in offered)


def test_a_mask_shows_a_region_only_its_own_ink():
    sheet = Sheet()
    sheet.write("HELLO", 60, 80)
    sheet.letter("L", 100, 220)
    sheet.stroke([(118, 205), (140, 250)])  # reaches into the L's box and does not touch it
    sheet.letter("T", 300, 220)
    page = sheet.page
    for region in Letters().segment(page).regions:
        for part in chain.from_iterable(cuts(region)):
            own = page.ink[part.box.slices] if part.mask is None else page.ink[part.box.slices] & part.mask
            assert own.any(axis=1).all() or own.any(axis=0).all()
            if part.mask is not None:
                assert (page.ink[part.box.slices] | ~part.mask).all()


def test_a_later_segmenter_stays_within_the_regions_it_gets():
    sheet = Sheet()
    sheet.write("HELLO", 60, 80)
    page = sheet.page.grow(SegmentedPage, regions=(Region(box=Box(50, 70, 230, 140), level="word"),))
    assert len(Letters().segment(page).regions) == 3


@settings(max_examples=60, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24))))
def test_any_ink_gives_regions_inside_the_page(ink):
    page = Letters().segment(page_of(ink))
    for region in page.regions:
        for part in chain.from_iterable(cuts(region)):
            assert page.ink[part.box.slices].any()


def test_noise_is_bounded():
    ink = np.random.default_rng(0).random((1000, 1000)) < 0.15
    assert len(Letters(pieces=500).segment(page_of(ink)).regions) <= 500


def test_a_fence_of_strokes_offers_no_more_cuts_than_can_be_read():
    ink = np.zeros((80, 5000), dtype=bool)
    for x in range(20, 4980, 10):
        ink[15:65, x : x + 6] = True
    [region] = Letters().segment(page_of(ink)).regions
    assert len(region.parts) > 100  # all strokes are one chain
    assert sum(map(len, region.rivals)) <= MOST_LETTERS


@settings(max_examples=80, deadline=None)
@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_parts_are_those_of_scipy(ink):
    from scipy import ndimage

    labels, number = ndimage.label(ink, np.ones((3, 3)))
    parts = find_parts(ink)
    assert len(parts) == number
    expected = sorted(
        (columns.start, rows.start, columns.stop, rows.stop) for rows, columns in ndimage.find_objects(labels)
    )
    assert sorted(map(tuple, parts.boxes.tolist())) == expected
    assert sorted(parts.area.tolist()) == sorted(ndimage.sum_labels(ink, labels, range(1, number + 1)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20))
def test_connect_groups_what_is_linked(pairs):
    first, second = np.array(pairs, np.intp).reshape(-1, 2).T
    root = connect(16, first, second)
    assert (root[first] == root[second]).all()
    assert (root[root] == root).all()
    assert len(set(root.tolist())) >= 16 - len(pairs)


def test_a_long_stroke_is_about_its_width_thick():
    ink = np.zeros((120, 60), bool)
    ink[10:110, 20:28] = True
    assert find_parts(ink).stroke[0] == pytest.approx(8, rel=0.3)


def test_boxes_takes_what_is_large_and_clears_the_border():
    sheet = Sheet()
    sheet.write("HEL", 60, 80)
    sheet.letter("O", 785, 200)
    sheet.draw.rectangle((300, 300, 310, 310), fill=40)
    found = Boxes().segment(sheet.page).regions
    assert sorted(region.box.x0 for region in found) == pytest.approx([57, 117, 177], abs=2)
    assert all(not region.rivals for region in found)
    assert len(Boxes(area=0).segment(sheet.page).regions) == 4
