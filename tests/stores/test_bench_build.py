"""`cardmesh bench build` on shops small enough for a test: the figures are of what was really built."""

import json

import pytest

from cardmesh.bench import build
from cardmesh.bench.command import main


def test_it_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"--pages": 20, "--shop": 40, "--changes": 2, "--stores": 2}
    assert main(["build", *(str(word) for pair in sizes.items() for word in pair)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["bench"] == "build"
    assert 20 < figures["one_core"]["pages"] == figures["all_cores"]["pages"] < 60
    assert figures["small_stores"]["pages"] > 2 * build.SMALL_SHOP
    for part in ("one_core", "all_cores", "small_stores"):
        assert figures[part]["pages_per_second"] > 0 and figures[part]["peak_rss_mb"] > 10


def test_a_change_is_counted_from_the_snapshot_to_the_pointer() -> None:
    figures = build.change(theme="classic", products=120, changes=3)
    assert 2 <= figures["files_made"] < 40, "the pages that show the product, its feed, no more"
    calls = figures["store_calls_a_change"]
    assert calls["put"] <= 2 * figures["files_made"] + 4  # with record, mark, pointer, and a base at times
    assert figures["ms"]["worst"] >= figures["ms"]["median"] > 0 and figures["cpu_ms"]["median"] > 0
