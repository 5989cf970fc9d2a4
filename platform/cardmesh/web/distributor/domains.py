"""The store's own domains: add one, follow it until it serves, make it the address, give it up."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...stores.domains import queries, rules
from ...stores.domains import service as domains
from ...stores.domains.models import Domain, DomainStatus
from ...stores.domains.steps import is_live, removed_at, steps
from ...stores.domains.words import ENDINGS, PROBLEMS
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.format import state_name
from ..common.requests import locale
from ..common.tables import Shown, Table, columns, empty, screen, whole
from . import blueprint
from .own import own_store, store_url


def _https() -> bool:
    return runtime.current().settings.public_scheme == "https"


def _state(row: Domain) -> str:
    return "live" if is_live(row, https=_https()) else row.status


DOMAINS = Table(
    name="domains",
    title=Text("域名", "Domains"),
    source=whole(lambda session, _: queries.list_domains(session, store_id=own_store(session).id)),
    columns=(
        columns.own("host", "域名", "Domain", lambda row: rules.readable(row.host)),
        columns.own("status", "状态", "State", lambda row: state_name(_state(row))),
        columns.time("checked", "上次检查", "Last look", lambda row: row.checked_at),
        columns.time("created", "添加时间", "Added", lambda row: row.created_at, roomy=True),
    ),
    empty=empty(
        "还没有自己的域名",
        "No domain of your own yet",
        "在上方添加一个，按提示设置 DNS 即可。",
        "Add one above; we show you what to put into its DNS.",
    ),
)
ENDED = Table(
    name="ended-domains",
    prefix="ended_",
    title=Text("已结束", "Ended"),
    source=whole(lambda session, _: queries.list_ended(session, store_id=own_store(session).id)),
    columns=(
        columns.text("host", "域名", "Domain", lambda row: rules.readable(row.host)),
        columns.text("why", "原因", "Why", lambda row: _ending(row)),
        columns.time("ended", "时间", "When", lambda row: row.ended_at),
    ),
    empty=empty(
        "没有已结束的域名", "None has ended", "解除的域名会留在这里。", "Domains you release stay on record here."
    ),
)


def _ending(row: Domain) -> str | None:
    ending = ENDINGS.get(row.ended_because or "")
    return ending.render(locale()) if ending else None


@blueprint.get("/domains")
def domains_list() -> ResponseReturnValue:
    return screen(DOMAINS, ENDED, template="distributor/domains.html", more=_address, state=_state)


def _address(session: Session, _shown: Shown) -> dict[str, Any]:
    store = own_store(session)
    return {"store": store, "url": store_url(store)}


@blueprint.post("/domains")
@allow("manager")
def domains_add() -> Response:
    """One name, and on request the one with or without `www.` beside it."""
    try:
        with transaction(scope()) as session:
            store = own_store(session)
            made = domains.add(session, store=store, host=forms.text(request.form, "host", required=True, most=300))
            other = rules.counterpart(made.host) if request.form.get("both") else None
            if other and not queries.find_open(session, tenant_id=store.tenant_id, host=other):
                domains.add(session, store=store, host=other)
    except MeshError as error:
        return refused(error, "distributor.domains_list")
    return done("已添加，请设置下列 DNS 记录", "Added; now set these DNS records", "distributor.domain",
                domain_id=public_id("dom", made.id))  # fmt: skip


@blueprint.get("/domains/<domain_id>")
def domain(domain_id: str) -> str:
    with transaction(scope()) as session:
        row = queries.get_domain(session, tenant_id=person().party_id, domain_id=parse_id("dom", domain_id))
        store = own_store(session)
        other = rules.counterpart(row.host)
        beside = queries.find_open(session, tenant_id=row.tenant_id, host=other) if other else None
    problem = PROBLEMS.get(row.problem or "")
    return render(
        "distributor/domain.html",
        row=row,
        name=rules.readable(row.host),
        beside=beside,
        steps=steps(row, https=_https()),
        lines=domains.lines_of(store, row),
        problem=problem.render(locale()) if problem else None,
        ending=_ending(row),
        removed_at=removed_at(row),
        in_force=store.primary_host == row.host,
        address=runtime.current().settings.store_url(row.host),
        main_url=runtime.current().settings.store_url(store.primary_host or domains.target_of(store)),
        open=row.status != DomainStatus.ENDED,
    )


@blueprint.post("/domains/<domain_id>/check")
@allow("manager")
def domain_check(domain_id: str) -> Response:
    with transaction(scope()) as session:
        row = queries.get_domain(session, tenant_id=person().party_id, domain_id=parse_id("dom", domain_id))
        domains.ask_check(session, row)
    return done("正在检查，几秒后显示结果", "Being checked; the result shows in seconds", "distributor.domain",
                domain_id=domain_id)  # fmt: skip


@blueprint.post("/domains/<domain_id>/primary")
@allow("manager")
def domain_choose(domain_id: str) -> Response:
    """`wanted` yes: the store calls itself by this name; no: by its subdomain."""
    try:
        wanted = forms.choice(request.form, "wanted", ("yes", "no"), "yes") == "yes"
        with transaction(scope()) as session:
            domains.choose(
                session, tenant_id=person().party_id, domain_id=parse_id("dom", domain_id), wanted=wanted
            )
    except MeshError as error:
        return refused(error, "distributor.domain", domain_id=domain_id)
    return done("已保存，店铺几秒内更新", "Saved; the store follows in seconds", "distributor.domain",
                domain_id=domain_id)  # fmt: skip


@blueprint.post("/domains/<domain_id>/release")
@allow("manager")
def domain_release(domain_id: str) -> Response:
    with transaction(scope()) as session:
        domains.release(session, tenant_id=person().party_id, domain_id=parse_id("dom", domain_id))
    return done("已解除该域名", "The domain is released", "distributor.domains_list")
