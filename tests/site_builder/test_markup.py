"""Descriptions of strangers: useful Markdown, cleaned HTML, nothing active."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_builder import markup
from site_builder.markup import to_html, to_plain


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("一行\n两行", "<p>一行<br>两行</p>"),
        ("一段\n\n二段", "<p>一段</p><p>二段</p>"),
        ("# 标题\n正文", "<h3>标题</h3><p>正文</p>"),
        ("- 一\n- 二", "<ul><li>一</li><li>二</li></ul>"),
        ("1. 一\n2、二\n3) 三", "<ol><li>一</li><li>二</li><li>三</li></ol>"),
        ("**粗** *斜* `码`", "<p><strong>粗</strong> <em>斜</em> <code>码</code></p>"),
        ("> 引\n> 用", "<blockquote>引<br>用</blockquote>"),
        ("---", "<hr>"),
        ("价格 <100 元 & 更多", "<p>价格 &lt;100 元 &amp; 更多</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("<p>已有 <b>HTML</b></p>", "<p>已有 <b>HTML</b></p>"),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# a\n\n## b\n\n# c", [2, 3, 2]),
        ("#### a\n\n## b\n\n#### c", [2, 2, 3]),
        ("<h1>a</h1><h6>b</h6>", [2, 3]),
    ],
)
def test_headings_fit_below_those_of_the_page(text: str, levels: list[int]) -> None:
    html = to_html(text, top=2)
    assert [int(level) for level in re.findall(r"<h(\d)>", html)] == levels
    assert [int(level) for level in re.findall(r"</h(\d)>", html)] == levels


def test_links_are_kept_and_made_harmless() -> None:
    html = to_html("看 [这里](https://a.example/x?b=1&c=2) 或 https://b.example/y。")
    assert 'href="https://a.example/x?b=1&amp;c=2"' in html
    assert 'href="https://b.example/y"' in html
    assert html.count('rel="nofollow noopener noreferrer"') == 2


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example></sCrIpT>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<iframe src=//evil.example></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' jav&#x09;ascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>1</script>'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert%281%29)",
        "**<b onmouseover=alert(1)>x</b>**",
        "<p style='background:url(//evil.example)'>x</p>",
        "<style>@import '//evil.example'</style>",
        "<form action=//evil.example><input name=q></form>",
        "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
        "`<img src=x onerror=alert(1)>`",
        '[a](https://x.example/"onmouseover=alert(1)//)',
        "<p>x</p><object data=//evil.example></object><embed src=//evil.example><base href=//evil.example>",
    ],
)
def test_nothing_active_survives(text: str) -> None:
    html = to_html(text).lower()
    tags = [part.split(">")[0] for part in html.split("<")[1:]]
    for tag in tags:
        assert not tag.startswith(
            ("script", "style", "img", "svg", "iframe", "form", "input", "math", "object", "embed", "base")
        )
        assert (
            " on" not in tag.replace('rel="nofollow noopener noreferrer"', "")
            and "javascript:" not in tag
            and "data:" not in tag
        )
        assert " style" not in tag


def test_plain_text_for_descriptions() -> None:
    assert to_plain("# 题\n\n**粗** <b>b</b> &amp; <script>x</script>") == "题 粗 b &"
    assert len(to_plain("长" * 500, 160)) == 160
    assert to_plain("one two three four", 12) == "one two…"


WITHOUT_MARKS = st.text(st.sampled_from("a字 \n-*#>1.、)'\"_|~=/:;%+•\t").filter(lambda c: c not in "*"), max_size=80)


@given(WITHOUT_MARKS)
@settings(max_examples=400)
def test_what_skips_the_cleaner_would_come_out_of_it_as_it_went_in(text: str) -> None:
    rough = "".join(markup._rough(text))
    assert markup._MARKED.search(text) or markup._cleaner.clean(rough) == rough


@given(st.text(st.sampled_from("a字 \n-*#>1.`[](:)/h_&;'\""), max_size=80))
@settings(max_examples=400)
def test_plain_text_is_the_same_with_our_tags_taken_out_as_with_the_cleaner(text: str) -> None:
    spaced = "\n".join(markup._rough(text)).replace("<br>", "\n").replace("</li>", "\n")
    cleaned = " ".join(unescape(markup.nh3.clean(spaced, tags=set())).split())
    assert to_plain(text, 10_000) == cleaned


MARKED = ["a\u00a0b", "1 & 2", "[x](javascript:alert(1))", "https://x.example", "`<b>`", "**x**"]


@pytest.mark.parametrize("text", MARKED)
def test_anything_with_a_mark_goes_through_the_cleaner(text: str) -> None:
    assert markup._MARKED.search(text)
