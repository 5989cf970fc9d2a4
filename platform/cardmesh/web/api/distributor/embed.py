"""The sites that may sell the caller's goods in a frame."""

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from ....identity.models import Party
from ....kit import runtime
from ....kit.db import transaction
from ....stores import embed
from ....stores import service as stores
from ....stores.models import Store
from ...common.etag import expected_version, with_etag
from ...common.principal import caller, requires
from ...common.schema import Shape
from . import blueprint
from .listings import own_store


class EmbedOut(Shape):
    """`script` is what a site loads, `page` what a frame shows.

    Both take `goods` (SKUs with commas between), `category`, `look`, `mode` and `lang`.
    """

    object: Literal["embed"] = "embed"
    origins: list[str]
    script: str
    page: str


class EmbedPut(Shape):
    """Exact origins of other sites, such as `https://www.example.com`."""

    origins: list[Annotated[str, Field(max_length=300)]]


@blueprint.get("/store/embed")
@blueprint.output(EmbedOut)
@requires(Party.DISTRIBUTOR, "store:read")
def get_embed() -> Response:
    """Which sites may show the store's goods; the ETag goes into If-Match of a change."""
    with transaction(caller().scope()) as session:
        store = own_store(session)
        return with_etag(_shape(store), store.version)


@blueprint.put("/store/embed")
@blueprint.input(EmbedPut)
@blueprint.output(EmbedOut)
@requires(Party.DISTRIBUTOR, "store:write")
def change_embed(json_data: EmbedPut) -> Response:
    """Exactly these sites from now on; in force within seconds."""
    with transaction(caller().scope()) as session:
        store = embed.set_origins(
            session, store_id=own_store(session).id, origins=json_data.origins, version=expected_version()
        )
        return with_etag(_shape(store), store.version)


def _shape(store: Store) -> EmbedOut:
    url = runtime.current().settings.store_url(stores.host_of(store))
    return EmbedOut(
        origins=list(store.embed_origins or ()), script=f"{url}{embed.SCRIPT_PATH}", page=f"{url}{embed.PAGE_PATH}"
    )
