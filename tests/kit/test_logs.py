"""A traceback in the log says where, never what: no variable's value is printed."""

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction


@pytest.mark.usefixtures("app")
def test_a_logged_error_shows_no_variable(capsys: pytest.CaptureFixture[str]) -> None:
    key = "-".join(("AAAA", "SECRET"))
    try:
        raise RuntimeError(f"provoked by {len(key)} letters")
    except RuntimeError:
        structlog.get_logger().exception("request failed")
    printed = capsys.readouterr().out
    assert "Traceback" in printed and "provoked by 11 letters" in printed
    assert "AAAA-SECRET" not in printed


def test_an_error_of_the_database_does_not_quote_what_it_was_given(app: Flask) -> None:
    with pytest.raises(SQLAlchemyError) as raised, transaction(tenancy.platform()) as session:
        session.execute(text("select 1 / (length(:key) - 11)"), {"key": "-".join(("AAAA", "SECRET"))})
    assert "AAAA-SECRET" not in str(raised.value)
