"""Make hand-like pages and glyphs, with the exact truth beside them.

A page is built in four steps: letters are drawn one by one in a hand (a font, or a writer's pen strokes), ink goes onto
a ground, light falls on it, and a camera or a scanner takes it. Each letter is drawn where it stands, already turned
and bent, so that its box in the picture is known to the pixel. Everything is decided by a seed: the same seed, hand and
libraries give the same bytes.

>>> import numpy as np
>>> hand = StrokeHand.of([Sample("L", "ann", (np.array([[0, 0], [0, 9], [5, 9]], np.float32),))])
>>> scene = Scene((200, 100), (Block("L L", left=0.2, top=0.3, capital=40),))
>>> picture, page = draw_page(scene, hand, seed=1)
>>> picture.shape, page.text, [glyph.box.height for glyph in page.glyphs]
((100, 200, 3), 'L L', [44, 44])
"""

from ocrpipe.train.strokes import Sample
from ocrpipe.train.synth.glyphs import draw_glyphs
from ocrpipe.train.synth.hands import FontHand, Hand, StrokeHand, fonts_in, hand_for, hands_in, samples_in
from ocrpipe.train.synth.kinds import KINDS, Kind, Order, arrange, draw_order, scene_of
from ocrpipe.train.synth.pages import draw_page, encoded, save_page
from ocrpipe.train.synth.scene import Block, Ground, Scene, Writing
from ocrpipe.train.synth.text import random_lines

__all__ = [
    "KINDS",
    "Block",
    "FontHand",
    "Ground",
    "Hand",
    "Kind",
    "Order",
    "Sample",
    "Scene",
    "StrokeHand",
    "Writing",
    "arrange",
    "draw_glyphs",
    "draw_order",
    "draw_page",
    "encoded",
    "fonts_in",
    "hand_for",
    "hands_in",
    "random_lines",
    "samples_in",
    "save_page",
    "scene_of",
]
