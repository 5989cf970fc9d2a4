"""Each `cardmesh bench` verb prints one JSON object with its keys, at its smallest; those that run in seconds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cardmesh.bench.command import BENCHES, main

LOAD = {"bench", "load_average"}
SMALL = {
    "drain": (
        "--pool 400 --take 100 --buyers 2",
        LOAD
        | {"pool", "taken", "buyers", "per_second", "first_tenth_per_second", "last_tenth_per_second"}
        | {"last_to_first", "dead_rows_held_by_old_snapshot"},
    ),
    "imports": (
        "--keys 300 --held 200 --duplicates 3",
        LOAD | {"held_before", "keys_per_second", "peak_rss_mb", "runs", "limits", "ratio_to_sql"},
    ),
}


def printed(*words: str) -> dict[str, Any]:
    """By a process of its own: a bench takes the whole installation for itself."""
    answer = subprocess.run([sys.executable, "-m", "cardmesh", "bench", *words], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    (line,) = answer.stdout.splitlines()
    return json.loads(line)


@pytest.mark.parametrize("verb", SMALL)
def test_it_prints_one_object_with_its_keys(verb: str) -> None:
    words, keys = SMALL[verb]
    figures = printed(verb, *words.split())
    assert figures["bench"] == verb
    assert keys <= set(figures)


def test_a_grown_market_can_be_read(tmp_path: Path) -> None:
    sizes = "--tenants 3 --suppliers 2 --skus 20 --listings 60 --keys 300 --orders 40 --processes 1"
    grown = printed("grow", "--data", str(tmp_path / "market"), *sizes.split())
    assert {"bench", "rows", "seconds", "load_average"} <= set(grown) and grown["rows"]["orders"] == 40
    assert grown["rows"]["log_leaves"] > 0 and grown["rows"]["sales_figures"] > 0, "the jobs that follow trade"
    read = printed("reads", "--data", str(tmp_path / "market"), "--calls", "2")
    assert {"bench", "calls", "over_100_ms", "reads", "load_average"} <= set(read)
    assert all(each["p95_ms"] >= each["p50_ms"] > 0 for each in read["reads"].values())
    boards = printed("boards", "--data", str(tmp_path / "market"), "--calls", "2", "--tail", "3")
    assert {"bench", "orders", "boards", "load_average"} <= set(boards) and boards["orders"] == 43
    assert all(each["p95_ms"] > 0 for each in boards["boards"].values())


@pytest.mark.parametrize("verb", BENCHES)
def test_each_says_what_it_takes(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert "default" in capsys.readouterr().out
