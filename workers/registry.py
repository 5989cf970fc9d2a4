"""Every job name and what it does. A name that is sent anywhere must stand here; a test compares."""

from collections.abc import Mapping

from cardmesh.kit.jobs.run import Job

from .topics import accounts, events, goods, insight, mail, money, provenance, stores, trade

JOBS: Mapping[str, Job] = {
    **accounts.JOBS,
    **events.JOBS,
    **goods.JOBS,
    **insight.JOBS,
    **mail.JOBS,
    **money.JOBS,
    **provenance.JOBS,
    **stores.JOBS,
    **trade.JOBS,
}
