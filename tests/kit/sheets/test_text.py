"""Cells as people type them, and cells that must not become formulas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit.sheets import clean_cell, fold, guard, unguard


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  plain  ", "plain"),
        ("１００元", "100元"),
        ("ＡＢＣｄｅｆ", "ABCdef"),
        ("a\u200bb\ufeffc", "abc"),
        ("\u00a0x\u3000y\u2003", "x y"),
        ("（全角标点，保留）", "（全角标点，保留）"),
        ("two\nlines", "two\nlines"),
        ("a\x00b\x07c", "abc"),
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("'tis", "'tis"),
        ("=SUM(A1)", "=SUM(A1)"),
        ("", ""),
    ],
)
def test_cleans(typed: str, meant: str) -> None:
    assert clean_cell(typed) == meant


def test_cleaning_twice_changes_nothing_more() -> None:
    assert clean_cell(clean_cell("　'１２３ ")) == "123"


@pytest.mark.parametrize("spelling", ["A级会员", "ａ级 会员", " Ａ级\u200b会员　", "A 级会\u00a0员"])
def test_spellings_of_one_name_fold_together(spelling: str) -> None:
    assert fold(spelling) == "a级会员"


HOT = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "\u3000=1",
    "'=1",
    "﹢1",
    "\ufeff=1",
]


@pytest.mark.parametrize("text", HOT)
def test_formulas_are_defused(text: str) -> None:
    assert guard(text) == "'" + text


@pytest.mark.parametrize("text", ["plain", "a=1", "1-2", "", "'quoted'", "10:9.3;100:9.1", "邮箱@例"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == text


@given(st.one_of(st.text(), st.text("'=+-@ ＝x\t", max_size=6)))
def test_guarding_can_be_undone_exactly_and_always_works(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not guarded.startswith(tuple("=+-@\t\r\n＝＋－＠"))
