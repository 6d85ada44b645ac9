import pytest
from PIL import ImageFont

from ocrpipe.train import fonts

pytest.importorskip("brotli", reason="brotli is not installed: pip install 'ocrpipe[synth]'")
ttlib = pytest.importorskip("fontTools.ttLib", reason="fontTools is not installed: pip install 'ocrpipe[synth]'")


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Lay out a folder as npm does, with Pillow's own font under the names of two others."""
    monkeypatch.setattr(fonts, "NAMES", ("one", "two-words"))
    for name in fonts.NAMES:
        folder = tmp_path / "node_modules" / "@fontsource" / name / "files"
        folder.mkdir(parents=True)
        font = ttlib.TTFont(ImageFont.load_default(20).path)
        font.flavor = "woff2"
        font.save(folder / f"{name}-latin-400-normal.woff2")
    return tmp_path / "node_modules"


def test_fonts_are_unpacked_under_their_names(modules, tmp_path, capsys):
    fonts.main([str(modules), str(tmp_path / "fonts")])
    assert capsys.readouterr().out == f"2 fonts in {tmp_path / 'fonts'}\n"
    written = sorted((tmp_path / "fonts").iterdir())
    assert [path.name for path in written] == ["one.ttf", "two-words.ttf"]
    assert ImageFont.truetype(str(written[0]), 20).getlength("A") > 5


def test_a_missing_font_is_named(modules, tmp_path, capsys):
    next((modules / "@fontsource" / "two-words" / "files").iterdir()).unlink()
    with pytest.raises(SystemExit) as stopped:
        fonts.main([str(modules), str(tmp_path / "fonts")])
    assert stopped.value.code == 2
    assert "1 fonts are missing, the first is two-words; npm install" in capsys.readouterr().err


def test_without_a_folder_it_prints_the_packages(capsys):
    fonts.main([])
    assert "@fontsource/patrick-hand@5.3 " in capsys.readouterr().out
