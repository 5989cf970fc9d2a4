"""A stage ahead of its reader: the same items, its errors in their place, and no thread left behind."""

import threading
from collections.abc import Iterator

import pytest

from cardmesh.kit.ahead import ahead


def stages() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


def test_the_same_items_made_in_another_thread() -> None:
    makers: set[int] = set()

    def numbers() -> Iterator[int]:
        for number in range(100):
            makers.add(threading.get_ident())
            yield number

    assert list(ahead(numbers())) == list(range(100))
    assert makers and threading.get_ident() not in makers
    assert not stages()


def test_it_works_while_the_reader_does() -> None:
    second = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    made = ahead(items())
    assert next(made) == 1
    assert second.wait(10), "the second item is made before it is asked for"
    made.close()


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ConnectionError("gone")

    made = ahead(items())
    assert next(made) == 1
    with pytest.raises(ConnectionError):
        next(made)
    assert not stages()


def test_a_reader_that_stops_early_ends_the_stage() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    made = ahead(items())
    assert next(made) == 0
    made.close()
    assert closed.is_set() and not stages()
