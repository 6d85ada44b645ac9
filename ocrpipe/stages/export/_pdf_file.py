"""A PDF file that is written object by object, so that a document of any length needs the memory of one page.

The libraries that write PDF (reportlab, pikepdf, fpdf2, pdfium) all hold the whole document until it is saved. What a
page needs of the format is little: numbered objects, and at the end a table of where each begins (ISO 32000-1, 7.5).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""How a PDF begins; the second line tells programs that it is no text."""


class Name(str):
    """A name such as ``/Page``."""


class Ref(int):
    """A reference to an object by its number."""


class PdfFile:
    """Numbers objects, and writes them as they come.

    Examples
    --------
    >>> pdf = PdfFile()
    >>> root = pdf.reserve()
    >>> _ = pdf.put({"Type": Name("Catalog")}, root)
    >>> pdf.finish(root, pdf.put({})).splitlines()[-1]
    b'%%EOF'
    """

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.size = 0
        self.waiting: list[bytes] = []
        self.write(HEADER)

    def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.size += len(data)
        self.waiting.append(data)

    def take(self) -> bytes:
        """Return what was written since this was last called."""
        data = b"".join(self.waiting)
        self.waiting.clear()
        return data

    def reserve(self) -> Ref:
        """Return the number of an object that is written later."""
        self.starts.append(0)
        return Ref(len(self.starts))

    def put(self, value: object, number: Ref | None = None, data: bytes | None = None) -> Ref:
        """Write an object, with `data` a stream, under a reserved number or the next; return its number."""
        number = number or self.reserve()
        self.starts[number - 1] = self.size
        body = serial(value)
        if data is not None:
            body += b"\nstream\n" + data + b"\nendstream"
        self.write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def stream(self, data: bytes, number: Ref | None = None, **more: object) -> Ref:
        """Write compressed bytes."""
        packed = zlib.compress(data)
        return self.put({**more, "Filter": Name("FlateDecode"), "Length": len(packed)}, number, packed)

    def finish(self, root: Ref, info: Ref) -> bytes:
        """Write the table of objects, and return what was not yet taken."""
        table = self.size
        lines = b"".join(b"%010d 00000 n \n" % start for start in self.starts)
        count = len(self.starts) + 1
        self.write(b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, lines))
        self.write(
            b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (serial({"Size": count, "Root": root, "Info": info}), table)
        )
        return self.take()


def serial(value: Any) -> bytes:
    """Return a value as PDF writes it.

    Examples
    --------
    >>> serial({"Type": Name("Page"), "Parent": Ref(2), "Box": [0, 0, 59.5, True], "Title": b"(a)"})
    b'<</Type /Page /Parent 2 0 R /Box [0 0 59.5 true] /Title <286129>>>'
    """
    if isinstance(value, Mapping):
        return b"<<" + b" ".join(b"/%b %b" % (key.encode(), serial(one)) for key, one in value.items()) + b">>"
    if isinstance(value, bytes):
        return b"<%b>" % value.hex().encode()
    if isinstance(value, Name):
        return b"/" + value.encode()
    if isinstance(value, Ref):
        return b"%d 0 R" % value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Sequence):
        return b"[" + b" ".join(map(serial, value)) + b"]"
    return decimal(value)


def decimal(value: float) -> bytes:
    """Return a number without an exponent, which PDF does not know.

    Examples
    --------
    >>> decimal(0.00002), decimal(595.0), decimal(-0.5)
    (b'0.00002', b'595', b'-0.5')
    """
    return (f"{value:.5f}".rstrip("0").rstrip(".") or "0").encode()
