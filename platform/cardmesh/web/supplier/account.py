"""Documents, the team, API keys and the audit trail."""

from ..common.account_pages import add_account_pages
from ..common.audit_pages import add_audit_pages
from ..common.document_pages import add_document_pages
from ..common.team_pages import add_team_pages
from ..common.undo import add_undo_pages
from . import blueprint

add_document_pages(blueprint)
add_team_pages(blueprint)
add_account_pages(blueprint)
add_audit_pages(blueprint)
add_undo_pages(blueprint)
