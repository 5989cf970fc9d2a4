"""Who works here: the same page in every console."""

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.staff import service as staff
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id
from ...kit.tenancy import Scope
from . import forms
from .console import allow, done, person, refused
from .limits import LETTERS, by_email, limiter
from .requests import actor_of, locale
from .step_up import step_up
from .tables import Table, columns, empty, screen, whole

ROLES = {
    "owner": Text("所有者", "Owner"),
    "manager": Text("经理", "Manager"),
    "finance": Text("财务", "Finance"),
    "support": Text("客服", "Support"),
    "key-uploader": Text("卡密上传", "Key uploader"),
    "read-only": Text("只读", "Read-only"),
}
TEAM = Table(
    name="team",
    title=Text("团队", "Team"),
    source=whole(lambda session, _: staff.members(session, party=person().party, party_id=person().party_id)),
    columns=(
        columns.own("email", "成员", "Member", lambda row: row.email),
        columns.text("name", "姓名", "Name", lambda row: row.name, only_file=True),
        columns.own("role", "角色", "Role", lambda row: ROLES[row.role].render(locale())),
        columns.time("seen", "最近活动", "Last seen", lambda row: row.seen_at, roomy=True),
        columns.time("joined", "加入", "Joined", lambda row: row.joined_at, roomy=True),
        columns.actions(),
    ),
    empty=empty("还没有成员", "Nobody here yet", "在上方邀请第一位。", "Invite the first one above."),
)


def add_team_pages(blueprint: Blueprint) -> None:
    """`/team`: members, invitations, roles."""
    home = f"{blueprint.name}.team_list"

    @blueprint.get("/team")
    def team_list() -> ResponseReturnValue:
        return screen(
            TEAM,
            reader=_people(),
            template="common/team.html",
            face=blueprint.name,
            me=person().person_id,
            options=_options(),
        )

    @blueprint.post("/team")
    @allow()
    @limiter.limit(LETTERS, key_func=by_email)
    @step_up
    def team_invite() -> Response:
        try:
            with transaction(_people()) as session:
                email = forms.text(request.form, "email", required=True, most=254)
                role = forms.choice(request.form, "role", staff.ROLES)
                staff.invite(session, party=person().party, party_id=person().party_id, email=email, role=role)
        except MeshError as error:
            return refused(error, home)
        return done("邀请已寄出", "The invitation is on its way", home)

    @blueprint.post("/team/<person_id>/role")
    @allow()
    @step_up
    def team_change(person_id: str) -> Response:
        try:
            with transaction(_people()) as session:
                staff.change_role(
                    session,
                    party=person().party,
                    party_id=person().party_id,
                    person_id=parse_id("per", person_id),
                    role=forms.choice(request.form, "role", staff.ROLES),
                )
        except MeshError as error:
            return refused(error, home)
        return done("角色已更改", "The role is changed", home)

    @blueprint.post("/team/<person_id>/remove")
    @allow()
    def team_remove(person_id: str) -> Response:
        try:
            with transaction(_people()) as session:
                _remove(session, person_id)
        except MeshError as error:
            return refused(error, home)
        return done("成员已移除，其登录已全部失效", "They are out, and signed out everywhere", home)


def _options() -> list[tuple[str, str]]:
    return [(role, text.render(locale())) for role, text in ROLES.items()]


def _people() -> Scope:
    """People belong to no party: the verbs are told which party's members they are about."""
    return replace(tenancy.platform(actor_of(person())), read_only=person().visiting)


def _remove(session: Session, person_id: str) -> None:
    staff.remove(session, party=person().party, party_id=person().party_id, person_id=parse_id("per", person_id))
