"""Look at a merchant's console, to help: see `identity.visits`."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...identity.visits import service as visits
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ..common import forms
from ..common.console import HOME, allow, person, refused, scope
from ..common.step_up import step_up
from . import blueprint


@blueprint.post("/tenants/<tenant_id>/enter")
@allow("support")
@step_up
def tenants_enter(tenant_id: str) -> Response:
    try:
        return _enter(Party.DISTRIBUTOR, "ten", tenant_id)
    except MeshError as error:
        return refused(error, "admin.tenant", tenant_id=tenant_id)


@blueprint.post("/suppliers/<supplier_id>/enter")
@allow("support")
@step_up
def suppliers_enter(supplier_id: str) -> Response:
    try:
        return _enter(Party.SUPPLIER, "sup", supplier_id)
    except MeshError as error:
        return refused(error, "admin.suppliers_list")


def _enter(party: Party, prefix: str, public: str) -> Response:
    with transaction(scope()) as session:
        reason = forms.text(request.form, "reason", most=300)
        visits.begin(session, person(), party=party, party_id=parse_id(prefix, public), reason=reason)
    return redirect(url_for(HOME[party]))
