"""Headers in two languages, as tidy or untidy as they come."""

from collections.abc import Iterator

import pytest

from cardmesh.kit.sheets import Row, find_header, map_columns
from cardmesh.kit.sheets.errors import ColumnDuplicate, ColumnMissing

ALIASES = {"name": ("商品名称", "product"), "face_value": ("面值",), "price": ("供货价", "base price")}


@pytest.mark.parametrize(
    "header",
    [
        ["商品名称", "面值", "供货价"],
        [" *商品 名称", "面值(元)", "供货价（元/张）："],
        ["Product", "Face Value", "Base-Price [CNY]"],
        ["ＰＲＯＤＵＣＴ", "face_value", "BASE　PRICE"],
        ["name", "面 值", "price"],
    ],
)
def test_finds_columns_however_they_are_written(header: list[str]) -> None:
    assert map_columns(header, ALIASES) == {"name": 0, "face_value": 1, "price": 2}


def test_unknown_and_blank_columns_are_left_out() -> None:
    assert map_columns(["备注", "", "供货价"], ALIASES) == {"price": 2}


def test_missing_columns_are_named_in_the_suppliers_words() -> None:
    with pytest.raises(ColumnMissing) as caught:
        map_columns(["面值"], ALIASES, required=("name", "price"))
    assert caught.value.params == {"columns": "商品名称, 供货价"}
    assert caught.value.message("zh-CN") == "表头缺少列：商品名称, 供货价"


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(ColumnDuplicate) as caught:
        map_columns(["供货价", "Base price"], ALIASES)
    assert caught.value.params == {"columns": "Base price"}


def lines(*cells: list[str]) -> Iterator[Row]:
    return iter([Row(line, row) for line, row in enumerate(cells, start=1)])


def test_titles_above_the_header_are_passed_over() -> None:
    header, rest = find_header(lines(["11 月供货价"], ["供货价 见下"], ["商品名称", "供货价"], ["a", "1"]), ALIASES)
    assert header is not None and header.row.line == 3 and header.columns == {"name": 0, "price": 1}
    assert [row.line for row in rest] == [4]


def test_a_list_without_a_header_gives_every_row_back() -> None:
    header, rest = find_header(lines(["AAAA"], ["BBBB"]), ALIASES)
    assert header is None and [row.line for row in rest] == [1, 2]


def test_rows_far_below_are_not_read_ahead() -> None:
    seen: list[int] = []

    def endless() -> Iterator[Row]:
        for line in range(1, 1_000_000):
            seen.append(line)
            yield Row(line, ["供货价" if line == 1 else "1"])

    _, rest = find_header(endless(), ALIASES, within=5)
    assert len(seen) == 5 and next(rest).line == 2
