"""Tenants and suppliers: admit, grade, suspend, credit."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from ...identity.api_keys import service as api_keys
from ...identity.models import Party, Supplier, Tenant
from ...identity.people import service as people
from ...identity.suppliers import admission
from ...identity.suppliers import service as suppliers
from ...identity.suppliers.service import GRADES
from ...identity.tenants import service as tenants
from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import new_id, parse_id, public_id
from ...money.wallets import service as wallets
from ...stores import opening
from ...stores import service as stores
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.names import PARTY_STATES, party_state
from ..common.step_up import step_up
from ..common.tables import Table, columns, empty, filters, listed, screen
from . import blueprint

TIERS = tuple(f"VIP{level}" for level in range(1, 6))
EARNED = "earned"
"""The choice of letting sales decide."""
STATUSES = ("active", "suspended")


def _store_url(row: Tenant) -> str:
    settings = runtime.current().settings
    return settings.store_url(f"{row.handle}.{settings.base_host}")


TENANTS = Table(
    name="distributors",
    title=Text("分销商", "Distributors"),
    source=listed(lambda: select(Tenant), Tenant.id),
    columns=(
        columns.text(
            "name",
            "名称",
            "Name",
            lambda row: row.name,
            href=lambda row: url_for("admin.tenant", tenant_id=public_id("ten", row.id)),
            sort=Tenant.name,
        ),
        columns.text("store", "店铺", "Store", _store_url, href=_store_url),
        columns.text("tier", "等级", "Tier", lambda row: row.tier),
        columns.badge("status", "状态", "State", lambda row: party_state(row.status)),
        columns.time("created", "开通", "Since", lambda row: row.created_at, roomy=True, sort=Tenant.id),
        columns.code("id", "编号", "ID", lambda row: public_id("ten", row.id), only_file=True),
    ),
    filters=(
        filters.search(
            "名称或标识",
            "Name or handle",
            lambda q: or_(Tenant.name.icontains(q, autoescape=True), Tenant.handle == q.lower()),
        ),
        filters.named("tier", "等级", "Tier", {tier: Text(tier, tier) for tier in TIERS}, Tenant.tier),
        filters.named("status", "状态", "State", PARTY_STATES, Tenant.status),
    ),
    empty=empty(
        "还没有分销商", "No distributors yet", "在上方开通第一个，店铺几秒内上线。", "Create the first one above."
    ),
)
SUPPLIERS = Table(
    name="suppliers",
    title=Text("供货商", "Suppliers"),
    source=listed(lambda: select(Supplier), Supplier.id),
    columns=(
        columns.text("name", "名称", "Name", lambda row: row.name, sort=Supplier.name),
        columns.text("email", "邮箱", "E-mail", lambda row: row.email, roomy=True),
        columns.own("grade", "等级", "Grade", lambda row: row.grade),
        columns.own("status", "状态", "State", lambda row: party_state(row.status)),
        columns.time("created", "加入", "Since", lambda row: row.created_at, roomy=True, sort=Supplier.id),
        columns.time("submitted", "提交", "Submitted", lambda row: row.submitted_at, only_file=True),
        columns.code("id", "编号", "ID", lambda row: public_id("sup", row.id), only_file=True),
        columns.actions(),
    ),
    filters=(
        filters.search(
            "名称或邮箱",
            "Name or e-mail",
            lambda q: or_(Supplier.name.icontains(q, autoescape=True), Supplier.email == q),
        ),
        filters.named("grade", "等级", "Grade", {grade: Text(grade, grade) for grade in GRADES}, Supplier.grade),
        filters.named("status", "状态", "State", PARTY_STATES, Supplier.status),
    ),
    empty=empty("还没有供货商", "No suppliers yet", "在上方准入第一家。", "Admit the first one above."),
)


@blueprint.get("/tenants")
def tenants_list() -> ResponseReturnValue:
    return screen(TENANTS, template="admin/tenants.html", tiers=TIERS)


@blueprint.post("/tenants")
@allow("manager")
def tenants_create() -> Response | str:
    form = request.form
    try:
        with transaction(scope()) as session:
            opened = opening.open_tenant(
                session,
                name=forms.text(form, "name", required=True, most=200),
                handle=forms.text(form, "handle", required=True, most=40),
                owner_email=forms.text(form, "owner_email", required=True, most=254),
                locale=forms.choice(form, "locale", ("zh-CN", "en"), "zh-CN"),
                tier=forms.choice(form, "tier", TIERS, "VIP1"),
            )
    except MeshError as error:
        return refused(error, "admin.tenants_list")
    return render(
        "admin/made.html", secret=opened.api_key, store_url=_store_url(opened.tenant), name=opened.tenant.name
    )


@blueprint.post("/tenants/<tenant_id>")
@allow("manager")
def tenants_change(tenant_id: str) -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            tenants.change_tenant(
                session,
                tenant_id=parse_id("ten", tenant_id),
                tier=forms.choice(form, "tier", TIERS) if form.get("tier") not in (None, EARNED) else None,
                earns_tier=form.get("tier") == EARNED,
                status=forms.choice(form, "status", STATUSES) if "status" in form else None,
                reason=forms.text(form, "reason"),
            )
    except MeshError as error:
        return refused(error, "admin.tenant", tenant_id=tenant_id)
    return done("已保存", "Saved", "admin.tenants_list")


@blueprint.get("/suppliers")
def suppliers_list() -> ResponseReturnValue:
    return screen(SUPPLIERS, template="admin/suppliers.html", grades=GRADES)


@blueprint.post("/suppliers")
@allow("manager")
def suppliers_create() -> Response | str:
    try:
        with transaction(scope()) as session:
            email = forms.text(request.form, "email", required=True, most=254)
            row = suppliers.create_supplier(
                session, name=forms.text(request.form, "name", required=True, most=200), email=email
            )
            people.invite(session, email=email, party=Party.SUPPLIER, party_id=row.id)
            key = api_keys.issue(session, party=Party.SUPPLIER, party_id=row.id, name="first key")
    except MeshError as error:
        return refused(error, "admin.suppliers_list")
    return render("admin/made.html", secret=key.secret, store_url=None, name=row.name)


@blueprint.post("/suppliers/<supplier_id>")
@allow("manager")
def suppliers_change(supplier_id: str) -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            suppliers.change_supplier(
                session,
                supplier_id=parse_id("sup", supplier_id),
                grade=forms.choice(form, "grade", GRADES) if "grade" in form else None,
                status=forms.choice(form, "status", STATUSES) if "status" in form else None,
                reason=forms.text(form, "reason"),
            )
    except MeshError as error:
        return refused(error, "admin.suppliers_list")
    return done("已保存", "Saved", "admin.suppliers_list")


@blueprint.post("/suppliers/<supplier_id>/refuse")
@allow("manager")
def suppliers_refuse(supplier_id: str) -> Response:
    """One who signed up and waits; they are told why and may ask again."""
    try:
        with transaction(scope()) as session:
            reason = forms.text(request.form, "reason", most=300)
            admission.refuse(session, supplier_id=parse_id("sup", supplier_id), reason=reason)
    except MeshError as error:
        return refused(error, "admin.suppliers_list")
    return done("已拒绝并通知对方", "Refused; they are told", "admin.suppliers_list")


@blueprint.post("/tenants/<tenant_id>/credit")
@allow("finance")
@step_up
def tenants_credit(tenant_id: str) -> Response:
    """Credit a distributor's wallet by hand, with a reason; the form's token makes a double click one credit."""
    try:
        with transaction(scope()) as session:
            tenant = tenants.get_tenant(session, parse_id("ten", tenant_id))
            wallets.credit(
                session,
                owner_id=tenant.id,
                amount=forms.money(request.form, "amount"),
                reason=forms.text(request.form, "reason", required=True),
                key=f"console:{forms.text(request.form, 'once', required=True, most=64)}",
            )
    except MeshError as error:
        return refused(error, "admin.tenant", tenant_id=tenant_id)
    return done("已入账", "Credited", "admin.tenant", tenant_id=tenant_id)


@blueprint.get("/tenants/<tenant_id>")
def tenant(tenant_id: str) -> str:
    with transaction(scope()) as session:
        row = tenants.get_tenant(session, parse_id("ten", tenant_id))
        store = stores.first_store(session, row.id)
        balances = wallets.wallet(session, owner_id=row.id)
    return render(
        "admin/tenant.html", row=row, store=store, balances=balances, tiers=TIERS, url=_store_url, once=new_id().hex
    )
