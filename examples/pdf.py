"""A plain PDF of text lines, by hand: A4 pages, one Chinese font that every reader brings along."""

_TITLE_SIZE, _LINE_SIZE, _LEADING = 20, 12, 22
_LEFT, _TOP = 56, 770


def pdf_pages(title: str, pages: list[list[str]]) -> bytes:
    """A document of these pages, each headed by the title; Latin and Chinese text both work."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500]"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
        b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>",
    ]
    for number, lines in enumerate(pages):
        stream = _stream(f"{title}  {number + 1}/{len(pages)}", lines)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _file(objects)


def _stream(title: str, lines: list[str]) -> bytes:
    rows = [f"BT /F1 {_TITLE_SIZE} Tf {_LEFT} {_TOP} Td <{_hex(title)}> Tj ET"]
    for number, line in enumerate(lines):
        rows.append(f"BT /F1 {_LINE_SIZE} Tf {_LEFT} {_TOP - 40 - number * _LEADING} Td <{_hex(line)}> Tj ET")
    return "\n".join(rows).encode()


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _file(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
