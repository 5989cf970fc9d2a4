"""`cardmesh bench build` on shops small enough for a test: the figures are of what was really built."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from cardmesh.bench import build
from cardmesh.bench.command import main
from cardmesh.bench.others import race
from cardmesh.bench.others.content import lay_out

SIZES = {"--pages": 20, "--shop": 40, "--changes": 2, "--stores": 2, "--runs": 1}
NOWHERE = ["--hugo", "no-such-hugo", "--eleventy", "no-such-eleventy"]


def test_it_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", *NOWHERE, *(str(word) for pair in SIZES.items() for word in pair)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["bench"] == "build"
    assert 20 < figures["one_core"]["pages"] == figures["all_cores"]["pages"] < 60
    assert figures["small_stores"]["pages"] > 2 * build.SMALL_SHOP
    for part in ("one_core", "all_cores", "small_stores"):
        assert figures[part]["pages_per_second"] > 0 and figures[part]["peak_rss_mb"] > 10
    beside = figures["beside"]["builders"]
    assert beside["hugo"] == beside["eleventy"] == "not installed" and figures["beside"]["ratios"] == {}
    assert all(beside[name]["pages"] == 20 for name in ("ours", "ours_one_core", "ours_gzip"))


def test_a_change_is_counted_from_the_snapshot_to_the_pointer() -> None:
    figures = build.change(theme="classic", products=120, changes=3)
    assert 2 <= figures["files_made"] < 40, "the pages that show the product, its feed, no more"
    calls = figures["store_calls_a_change"]
    assert calls["put"] <= 2 * figures["files_made"] + 4  # with record, mark, pointer, and a base at times
    assert figures["ms"]["worst"] >= figures["ms"]["median"] > 0 and figures["cpu_ms"]["median"] > 0


OTHERS = [*race._hugos(["hugo"]), *race._eleventy("eleventy")]


@pytest.mark.skipif(not OTHERS, reason="neither Hugo nor Eleventy is installed here")
def test_the_others_show_the_same_words(tmp_path: Path) -> None:
    lay_out(14, tmp_path)
    race._modules(tmp_path / "eleventy", "eleventy")
    pages = {}
    for builder in (race._ours()[1], *OTHERS):
        figures = race._run(builder, tmp_path)
        assert figures["pages"] == 14
        pages[builder.name] = words((tmp_path / "out/p/goods-7/index.html").read_text())
    ours = pages.pop("ours_one_core")
    for name, found in pages.items():
        assert found == ours, name


def words(html: str) -> list[str]:
    """What a reader sees, without what stands in the head."""
    body = re.sub(r"<(script|noscript).*?</\1>", "", html.split("<body", 1)[1], flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", body)).split()[1:]
