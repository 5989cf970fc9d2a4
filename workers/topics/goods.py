"""Suppliers' spreadsheets."""

from uuid import UUID

from cardmesh.goods.imports import service as imports
from cardmesh.kit.jobs.run import Job


def run_import(*, import_id: str, supplier_id: str) -> None:
    """Load one spreadsheet, batch by batch; a crash resumes behind the last batch."""
    imports.run(UUID(import_id), UUID(supplier_id))


JOBS = {"imports.run": Job(run_import, limit_seconds=4 * 3600)}
