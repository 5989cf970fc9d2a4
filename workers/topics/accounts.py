"""What people leave behind when they go: ended sessions, wishes nobody confirmed; papers that are to be shown again."""

from sqlalchemy.orm import Session

from cardmesh.identity.documents import ageing
from cardmesh.identity.factors import passkeys
from cardmesh.identity.people import service as people
from cardmesh.identity.sessions import service as sessions
from cardmesh.identity.sign_up import service as sign_up
from cardmesh.identity.visits import service as visits
from cardmesh.kit.jobs.run import Job, for_platform


def recheck(session: Session) -> None:
    """Papers whose half year or own time is over are asked for again, after a warning."""
    ageing.outdate(session)
    ageing.warn(session)


def sweep(session: Session) -> None:
    """Delete them."""
    sessions.forget_old(session)
    sign_up.forget_old(session)
    people.forget_old(session)
    visits.end_due(session)
    passkeys.forget_old(session)


JOBS = {
    "accounts.recheck": Job(recheck, for_platform),
    "accounts.sweep": Job(sweep, for_platform),
}
