"""Refusals about payouts."""

from ...kit.errors import Conflict, MeshError
from ...kit.i18n import Text


class RunDecided(Conflict):
    """It was approved or canceled before; `extra["state"]` says which."""

    code = "payout_run_decided"
    text = Text("该打款批次已处理", "This payout run was decided already")


class RunEmpty(Conflict):
    code = "payout_run_empty"
    text = Text("没有可打款的提现申请", "No withdrawal can be paid by this run")


class SamePerson(MeshError):
    """Who made a run can not approve it."""

    code, status = "payout_same_person", 403
    text = Text("打款须由另一人批准", "A second person has to approve a payout run")


class RunNotApproved(Conflict):
    code = "payout_run_not_approved"
    text = Text("该批次尚未批准", "This run is not approved")


class MethodNotLicensed(MeshError):
    """Batch files are for operators with the licence to move others' money; the settings say whether this one is."""

    code, status = "payout_method_unlicensed", 403
    text = Text("平台未启用批量打款：须持有相应牌照", "Batch payouts are off: they are for operators with the licence")
