"""Many offers at once: what can be done is done, the rest is left and counted; each as if it were alone."""

import uuid
from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from ...kit.i18n import Text
from ..models import Offer
from . import queries, service
from .errors import OfferState

REVERSE: Mapping[str, str] = {"pause": "resume", "resume": "pause"}
DONE = {
    "pause": Text("已下架 {n} 项", "{n} paused"),
    "resume": Text("已恢复销售 {n} 项", "{n} on sale again"),
}
_VERBS: Mapping[str, Callable[..., Offer]] = {"pause": service.pause, "resume": service.resume}


def move(session: Session, *, verb: str, offer_ids: Collection[uuid.UUID]) -> dict[str, int]:
    """`pause` or `resume` those whose state allows it: their ids as text, with the version each has now.

    In key order, so that two of these at once do not wait for each other. What is not there is left out.
    """
    moved: dict[str, int] = {}
    for row in queries.lock_many(session, offer_ids):
        try:
            offer = _VERBS[verb](session, offer_id=row.id)
        except OfferState:
            continue
        moved[str(offer.id)] = offer.version
    return moved


def move_back(session: Session, *, verb: str, moved: Mapping[str, int]) -> int:
    """Undo `move` where nobody touched the offer since; how many."""
    there = queries.lock_many(session, list(map(uuid.UUID, moved)))
    untouched = [row.id for row in there if row.version == moved[str(row.id)]]
    return len(move(session, verb=REVERSE[verb], offer_ids=untouched))
