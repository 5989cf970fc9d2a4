"""API keys and the audit trail."""

from ..common.account_pages import add_account_pages
from . import blueprint

add_account_pages(blueprint)
