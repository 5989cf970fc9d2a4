"""Three small real files to sell: a study sheet (pdf), a pack of templates (zip), and a handbook (epub)."""

import io
import zipfile
from pathlib import Path

import xlsxwriter

from .book import BORN
from .pdf import pdf_pages
from .texts import CHAPTERS, CHECKLIST, MINUTES, WORDS

_DAY = (2026, 11, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="utf-8"?>'
_CONTAINER = f"""{_XML}
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""
_PACKAGE = f"""{_XML}
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:demo:prompt-handbook</dc:identifier>
<dc:title>提示词写作手册</dc:title><dc:language>zh-CN</dc:language><dc:creator>Harbor Digital</dc:creator>
<meta property="dcterms:modified">2026-11-01T00:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{{items}}</manifest>
<spine>{{spine}}</spine></package>"""
_PAGE = f"""{_XML}
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="zh-CN">
<head><title>{{title}}</title></head><body>{{body}}</body></html>"""


def write_documents(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kaoyan-vocabulary.pdf").write_bytes(_study_sheet())
    (folder / "office-templates.zip").write_bytes(_template_pack())
    (folder / "prompt-handbook.epub").write_bytes(_handbook())


def _study_sheet() -> bytes:
    lines = [f"{number:>2}.  {word}  {meaning}" for number, (word, meaning) in enumerate(WORDS, start=1)]
    return pdf_pages("考研英语词汇讲义", [lines[start : start + 30] for start in range(0, len(lines), 30)])


def _template_pack() -> bytes:
    budget = "月份,项目,预算(元),实际(元),备注\n" + "".join(f"{month}月,,,,\n" for month in range(1, 13))
    return _zip(
        {
            "README.txt": "办公模板合集 2026 版：周报、会议纪要、预算表、入职清单。可自由修改。\n".encode(),
            "会议纪要.md": MINUTES.encode(),
            "入职清单.md": CHECKLIST.encode(),
            "年度预算.csv": budget.encode("utf-8-sig"),
            "周报.xlsx": _weekly_report(),
        }
    )


def _weekly_report() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": BORN})
    page, bold = book.add_worksheet("周报"), book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1})
    page.set_column(0, 4, 22)
    page.write_row(0, 0, ["日期", "本周完成", "下周计划", "风险与求助", "负责人"], bold)
    for line, day in enumerate(("周一", "周二", "周三", "周四", "周五"), start=1):
        page.write_string(line, 0, day)
    book.close()
    return buffer.getvalue()


def _handbook() -> bytes:
    pages = {f"chapter{number}.xhtml": _chapter(title, text) for number, (title, text) in enumerate(CHAPTERS, 1)}
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(pages)))
    contents = "".join(
        f'<li><a href="{name}">{title}</a></li>' for name, (title, _) in zip(pages, CHAPTERS, strict=True)
    )
    return _zip(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": _CONTAINER.encode(),
            "OEBPS/content.opf": _PACKAGE.format(items=items, spine=spine).encode(),
            "OEBPS/nav.xhtml": _PAGE.format(title="目录", body=_navigation(contents)).encode(),
            **{f"OEBPS/{name}": page.encode() for name, page in pages.items()},
        }
    )


def _navigation(contents: str) -> str:
    return f'<nav epub:type="toc"><h1>目录</h1><ol>{contents}</ol></nav>'


def _chapter(title: str, text: str) -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n") if paragraph)
    return _PAGE.format(title=title, body=f"<h1>{title}</h1>{paragraphs}")


def _zip(parts: dict[str, bytes]) -> bytes:
    """The first part is stored plainly: an epub begins with its type in clear."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, method)
    return buffer.getvalue()
