"""What moved an account's money, as its bills tell it on the day after; and the links by which a bill is fetched."""

import secrets
import time
from datetime import UTC, date, datetime, timedelta, timezone

from .kept import Doc, Kept

BEIJING = timezone(timedelta(hours=8))
STAMP = "%Y-%m-%d %H:%M:%S"
FEE_PERMILLE = 6
LINK_SECONDS = 30
CHARGE, REFUND, REFUND_FAILURE = "charge", "refund", "refund_failure"


class Books:
    """One movement a document: `fen` is signed, `fee` what the gateway kept of it (below zero: gave back).

    `number` is the gateway's for what moved, `trade` its number for the payment, `ours` and `key` are the merchant's.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def record(
        self, account: str, kind: str, fen: int, *, number: str, trade: str, ours: str, key: str = "", name: str = ""
    ) -> Doc:
        fee = (abs(fen) * FEE_PERMILLE + 500) // 1000
        moved = {
            "id": f"{datetime.now(UTC):%Y%m%d}{secrets.randbelow(10**18):018}",
            "account": account,
            "kind": kind,
            "fen": fen,
            "fee": fee if kind == CHARGE else -fee if kind == REFUND else 0,
            "number": number,
            "trade": trade,
            "ours": ours,
            "key": key,
            "name": name,
            "at": datetime.now(BEIJING).strftime(STAMP),
        }
        return self._kept.put("moved", moved["id"], moved)

    def all(self, account: str) -> list[Doc]:
        return [moved for moved in self._kept.all("moved") if moved["account"] == account]

    def of_day(self, account: str, day: str) -> list[Doc]:
        """`day` as YYYY-MM-DD. Raises ValueError for what is no day, or not over."""
        if date.fromisoformat(day) >= datetime.now(BEIJING).date():
            raise ValueError(day)
        return [moved for moved in self.all(account) if moved["at"].startswith(day)]

    def bend(self, moved: Doc, **change: object) -> Doc:
        """Write another thing in the books than what was."""
        return self._kept.put("moved", str(change.get("id", moved["id"])), {**moved, **change})

    def lose(self, moved: Doc) -> None:
        self._kept.drop("moved", moved["id"])

    def link(self, account: str, day: str, kind: str) -> str:
        """A token for a bill."""
        token = secrets.token_urlsafe(24)
        ends = time.time() + LINK_SECONDS
        self._kept.put("link", token, {"account": account, "day": day, "kind": kind, "ends": ends})
        return token

    def follow(self, token: str) -> Doc | None:
        """Which bill a token is for, while it lasts."""
        link = self._kept.get("link", token)
        return link if link and link["ends"] > time.time() else None


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"
