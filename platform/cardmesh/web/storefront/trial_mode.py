"""Test mode in one browser of a store: the cookie that says so, and the bar above every page."""

import re
from html import escape

from flask import request

from ...kit import runtime
from ...kit.i18n import Text
from ...stores import trials
from ...stores.directory import StoreRef
from ..common.requests import locale

WORDS = Text(
    "测试模式：下单不收款，也不发真实卡密。",
    "Test mode: orders cost nothing and deliver no real keys.",
)
LEAVE = Text("退出测试", "Leave test mode")
END = f"{trials.PATH}end"


def cookie_name() -> str:
    return "__Host-trial" if runtime.current().settings.public_scheme == "https" else "trial"


def is_on(store: StoreRef) -> bool:
    """Whether this browser tries the store out."""
    token = request.cookies.get(cookie_name())
    return bool(token) and trials.is_good(token or "", store.store_id)


def dressed(page: str) -> str:
    """The page with the bar, in any theme."""
    language = locale()
    bar = (
        f'<p class="draft-bar" role="note">{escape(WORDS.render(language))}'
        f' <a href="{END}">{escape(LEAVE.render(language))}</a></p>'
    )
    page = page.replace("</head>", '<link rel="stylesheet" href="/-/draft.css"></head>', 1)
    return re.sub(r"(<body\b[^>]*>)", lambda body: body[1] + bar, page, count=1)
