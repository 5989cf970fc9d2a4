"""The supplier's wallet, its deposit, and how it is paid."""

from flask import request
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...money.deposits import service as deposits
from ..common import forms
from ..common.console import allow, done, person, refused, scope
from ..common.payout_pages import add_payout_pages
from ..common.report_pages import add_month_pages, add_report_pages
from ..common.step_up import step_up
from ..common.wallet_pages import add_wallet_pages
from . import blueprint

add_wallet_pages(blueprint, "supplier/wallet.html")
add_payout_pages(blueprint)
add_month_pages(blueprint)
add_report_pages(blueprint, Party.SUPPLIER)


@blueprint.post("/wallet/deposit")
@allow("finance")
@step_up
def wallet_deposit() -> Response:
    """Set money aside; the form's token makes a double click one deposit."""
    try:
        with transaction(scope()) as session:
            deposits.pay_in(
                session,
                owner_id=person().party_id,
                amount=forms.money(request.form, "amount"),
                key=f"{person().party_id}:{forms.text(request.form, 'once', required=True, most=64)}",
            )
    except MeshError as error:
        return refused(error, "supplier.wallet")
    return done("已转入保证金", "Set aside as your deposit", "supplier.wallet")
