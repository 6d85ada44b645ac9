"""Rows, words and columns from made boxes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrpipe import Box, Region, SegmentedPage, Source
from ocrpipe.stages._rows import Layout, Piece, Straight, ordered
from ocrpipe.stages.line_cluster import Centers, Rows

WIDTH, HEIGHT = 1600, 1200
GAP, SPACE = 12, 45


class Text:
    """Boxes of letters, each 30 wide and 50 high unless said otherwise, and which letter each stands for."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
        self.letters = []

    def write(self, text, x, y, size=1.0, gap=GAP, space=SPACE, slope=0.0, jump=0.0, bend=0.0):
        """Write a row from (x, y), the top left corner of its first letter."""
        start = x
        for letter in text:
            if letter == " ":
                x += (space - gap) * size
                continue
            width = (8 if letter in "I1" else 30) * size
            drop = math.tan(math.radians(slope)) * (x - start) + bend * math.sin((x - start) / 1000 * math.pi)
            top = y + drop + self.rng.normal(0, jump) * 50 * size
            box = Box(round(x), round(top), round(x + width), round(top + 50 * size))
            self.letters.append((letter, Region(box=box)))
            x += width + gap * size
        return self

    def dot(self, x, y, side=8):
        self.letters.append((".", Region(box=Box(x, y, x + side, y + side))))
        return self

    def page(self):
        regions = [region for _, region in self.letters]
        blank = np.zeros((HEIGHT, WIDTH), np.uint8)
        mixed = tuple(regions[k] for k in self.rng.permutation(len(regions)))
        return SegmentedPage(source=Source(width=WIDTH, height=HEIGHT), gray=blank, ink=blank > 0, regions=mixed)

    def read(self, plugin=None):
        """Return the text in reading order: blocks parted by an empty line."""
        names = {region: letter for letter, region in self.letters}
        page = (plugin or Rows()).line_cluster(self.page())
        rows = [
            "\n".join(" ".join("".join(names[region] for region in word) for word in row.words) for row in block)
            for block in page.blocks
        ]
        return "\n\n".join(rows)


@pytest.mark.parametrize("plugin", [Rows(), Centers()])
def test_rows_words_and_order(plugin):
    text = Text().write("TO DO LIST", 100, 100).write("MAKE A PLAN", 100, 200).write("REST", 100, 300)
    assert text.read(plugin) == "TO DO LIST\nMAKE A PLAN\nREST"


@pytest.mark.parametrize("plugin", [Rows(), Centers()])
def test_no_regions_no_blocks(plugin):
    assert plugin.line_cluster(Text().page()).blocks == ()


@pytest.mark.parametrize("slope", [-10, -6, -2, 2, 6, 10])
def test_rows_may_slope(slope):
    text = Text()
    for k, words in enumerate(("THE QUICK BROWN FOX", "JUMPED OVER THE DOG", "AND RAN AWAY")):
        text.write(words, 100, 350 + 100 * k, slope=slope)
    assert text.read() == "THE QUICK BROWN FOX\nJUMPED OVER THE DOG\nAND RAN AWAY"


def test_each_row_may_slope_its_own_way():
    text = Text().write("THE QUICK BROWN FOX", 100, 200, slope=4).write("JUMPED OVER THE DOG", 100, 400, slope=-3)
    text.write("AND THEN RAN AWAY", 100, 520, slope=5)
    assert text.read() == "THE QUICK BROWN FOX\nJUMPED OVER THE DOG\nAND THEN RAN AWAY"


def test_rows_may_bend():
    text = Text().write("THE QUICK BROWN FOX", 100, 200, bend=60).write("JUMPED OVER THE DOG", 100, 300, bend=60)
    assert text.read() == "THE QUICK BROWN FOX\nJUMPED OVER THE DOG"


@pytest.mark.parametrize("seed", range(5))
def test_letters_may_jump(seed):
    text = Text(seed).write("LETTERS JUMP", 100, 100, jump=0.12).write("UP AND DOWN", 100, 190, jump=0.12)
    assert text.read() == "LETTERS JUMP\nUP AND DOWN"


def test_a_title_may_be_twice_as_high():
    text = Text().write("TITLE ROW", 100, 60, size=2.2).write("SMALL TEXT BELOW", 100, 220).write("MORE", 100, 300)
    assert text.read() == "TITLE ROW\nSMALL TEXT BELOW\nMORE"


@pytest.mark.parametrize(("gap", "space"), [(3, 28), (12, 45), (28, 75), (34, 90)])
def test_words_at_any_spacing(gap, space):
    text = Text().write("READ THE WORDS", 60, 100, gap=gap, space=space)
    text.write("AS THEY STAND", 60, 200, gap=gap, space=space)
    assert text.read() == "READ THE WORDS\nAS THEY STAND"


@pytest.mark.parametrize("gap", [3, 15, 35])
def test_one_word_has_no_gap_between_words(gap):
    assert Text().write("REFRIGERATOR", 100, 100, gap=gap).read() == "REFRIGERATOR"


@pytest.mark.parametrize("gap", [25, 35, 60])
def test_an_alphabet_breaks_alike_everywhere(gap):
    text = Text()
    for k, row in enumerate(("ABCDEFGH", "JKLMNOPQ", "RSTUVWXY")):
        text.write(row, 100, 100 + 120 * k, gap=gap)
    rows = text.read().split("\n")
    assert [row.replace(" ", "") for row in rows] == ["ABCDEFGH", "JKLMNOPQ", "RSTUVWXY"]
    assert {row.count(" ") for row in rows} in ({0}, {7})


def test_the_numbers_of_a_list_are_words_and_no_column():
    text = Text()
    for k, words in enumerate(("MAKE A LIST", "CHECK IT", "GO HOME", "SLEEP")):
        text.write(str(k + 2), 60, 100 + 90 * k).dot(95, 142 + 90 * k).write(words, 180, 100 + 90 * k)
    assert text.read() == "2. MAKE A LIST\n3. CHECK IT\n4. GO HOME\n5. SLEEP"


def test_columns_are_read_one_after_the_other():
    text = Text()
    for k, (left, right) in enumerate(
        zip(("THE LEFT", "SIDE IS", "READ", "FIRST"), ("THEN", "COMES", "THE RIGHT", "ONE"), strict=True)
    ):
        text.write(left, 80, 100 + 90 * k).write(right, 800, 130 + 80 * k)
    assert text.read() == "THE LEFT\nSIDE IS\nREAD\nFIRST\n\nTHEN\nCOMES\nTHE RIGHT\nONE"


def test_a_title_may_stand_above_columns():
    text = Text().write("A TITLE ACROSS BOTH COLUMNS", 100, 60)
    for k, (left, right) in enumerate(
        zip(("LEFT", "SIDE", "READ", "FIRST"), ("THEN", "COMES", "RIGHT", "LAST"), strict=True)
    ):
        text.write(left, 80, 200 + 90 * k).write(right, 800, 200 + 90 * k)
    assert text.read() == "A TITLE ACROSS BOTH COLUMNS\n\nLEFT\nSIDE\nREAD\nFIRST\n\nTHEN\nCOMES\nRIGHT\nLAST"


def test_words_that_happen_to_stand_in_line_are_no_columns():
    text = Text().write("GOOD DAY", 100, 100).write("MILD SUN", 100, 190).write("WARM AIR", 100, 280)
    assert text.read() == "GOOD DAY\nMILD SUN\nWARM AIR"


def test_specks_make_no_rows():
    text = Text().write("HELLO WORLD", 100, 100).write("BYE", 100, 300).dot(700, 220).dot(300, 230)
    assert text.read() == "HELLO WORLD\nBYE"


def test_the_baseline_runs_along_the_letters_feet():
    page = Rows().line_cluster(Text().write("STANDING ON A SLOPE", 100, 100, slope=3).page())
    [row] = page.rows
    assert [x for x, _ in row.baseline] == sorted(x for x, _ in row.baseline)
    for x, y in row.baseline:
        nearest = min(row.regions, key=lambda region: abs(region.box.center[0] - x))
        assert y == pytest.approx(nearest.box.y1, abs=4)


def test_rows_that_slope_against_each_other_are_put_in_order_and_none_is_lost():
    layout = Layout(np.array([[900, 400, 930, 450]] * 3))
    rows = [Piece([n], Straight(0, 10 * n, slope), 800, 1000, 50) for n, slope in enumerate((0.5, 0.25, 0.0))]
    assert ordered(layout, rows, 0.0) == [[2], [1], [0]]


def test_a_line_is_a_row_and_a_word_is_a_word():
    blank = np.zeros((HEIGHT, WIDTH), np.uint8)

    def page(level, *boxes):
        regions = tuple(Region(box=Box(*box), level=level) for box in boxes)
        return SegmentedPage(source=Source(width=WIDTH, height=HEIGHT), gray=blank, ink=blank > 0, regions=regions)

    lines = Rows().line_cluster(page("line", (100, 200, 900, 250), (100, 100, 500, 150), (600, 110, 900, 150)))
    assert [[region.box.y0 for region in row.regions] for row in lines.rows] == [[100, 110], [200]]  # found in pieces
    assert [len(row.words) for row in lines.rows] == [2, 1]
    words = Rows().line_cluster(page("word", (300, 100, 420, 150), (100, 100, 280, 150), (100, 200, 300, 250)))
    assert [[[region.box.x0 for region in word] for word in row.words] for row in words.rows] == [
        [[100], [300]],
        [[100]],
    ]


def lined_up(*quads):
    """Return the rows of lines with these corners, each as the numbers of its lines."""
    regions = []
    for quad in quads:
        xs, ys = zip(*quad, strict=True)
        box = Box(int(min(xs)), int(min(ys)), int(max(xs)), int(max(ys)))
        regions.append(Region(box=box, level="line", polygon=quad))
    blank = np.zeros((HEIGHT, WIDTH), np.uint8)
    page = SegmentedPage(source=Source(width=WIDTH, height=HEIGHT), gray=blank, ink=blank > 0, regions=tuple(regions))
    blocks = Rows().line_cluster(page).blocks
    return [[[regions.index(region) for region in row.regions] for row in rows] for rows in blocks]


def sloped(x0, x1, y, height=30, slope=0.0):
    """Return the corners of a line that falls by `slope`, measured from the page's left edge."""
    left, right = y + slope * x0, y + slope * x1
    return (x0, left), (x1, right), (x1, right + height), (x0, left + height)


@pytest.mark.parametrize("slope", [0.0, 0.03, 0.06])
def test_lines_of_two_columns_are_read_column_by_column(slope):
    lines = [
        sloped(x, x + 380, 40 + 50 * n + offset, slope=slope) for n in range(6) for x, offset in ((30, 0), (520, 9))
    ]
    assert lined_up(*lines) == [[[n] for n in range(0, 12, 2)], [[n] for n in range(1, 12, 2)]]


@pytest.mark.parametrize("slope", [0.0, 0.03, 0.06])
def test_pieces_of_a_sloping_line_come_together(slope):
    lines = [sloped(x, x + 180, 40 + 70 * n, slope=slope) for n in range(4) for x in (420, 30, 230)]
    [rows] = lined_up(*lines)
    assert rows == [[3 * n + 1, 3 * n + 2, 3 * n] for n in range(4)]


corner = st.tuples(st.integers(0, WIDTH - 200), st.integers(0, HEIGHT - 200))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(corner, st.tuples(st.integers(1, 200), st.integers(1, 200))), max_size=30))
def test_any_boxes_come_at_most_once(boxes):
    text = Text()
    text.letters = [("X", Region(box=Box(x, y, x + w, y + h))) for (x, y), (w, h) in boxes]
    page = text.page()
    for plugin in (Rows(), Centers()):
        placed = [region for row in plugin.line_cluster(page).rows for region in row.regions]
        assert len(placed) == len(set(placed))
        assert set(placed) <= set(page.regions)
