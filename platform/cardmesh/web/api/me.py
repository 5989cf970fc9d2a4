"""`GET /v1/me`: whose key this is."""

from typing import Literal

from apiflask import APIBlueprint

from ...identity.models import Party
from ...kit.ids import public_id
from ..common.principal import caller, requires
from ..common.schema import Shape

blueprint = APIBlueprint("api", __name__, url_prefix="/v1", tag="Any key")

PARTY_PREFIX = {Party.PLATFORM: "plt", Party.SUPPLIER: "sup", Party.DISTRIBUTOR: "ten"}


class Me(Shape):
    object: Literal["api_key"] = "api_key"
    id: str
    party: str
    party_id: str
    scopes: list[str]
    livemode: bool


@blueprint.get("/me")
@blueprint.output(Me)
@requires()
def me() -> Me:
    """The party, scopes and mode of the key that calls."""
    principal = caller()
    return Me(
        id=public_id("key", principal.key_id),
        party=principal.party,
        party_id=public_id(PARTY_PREFIX[Party(principal.party)], principal.party_id),
        scopes=sorted(principal.scopes),
        livemode=principal.livemode,
    )
