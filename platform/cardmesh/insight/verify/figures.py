"""The laws of the figures: the sums that dashboards show are those of the rows, and the platform's are in the books."""

# ruff: noqa: S608 - put together from our own words below; nothing comes from outside

from ...kit.tenancy import Realm
from ..boards import facts
from ..boards.models import DIMENSIONS, MEASURES, Face
from .checks import check

_NAMES = ", ".join((*DIMENSIONS, *MEASURES))
_TAIL = facts.cube(Realm.PLATFORM, since="(select upto from figures_fold)")
_KEPT = f"select {_NAMES} from sales_figures union all ({_TAIL} select {_NAMES} from cube)"
"""What dashboards read: the kept sums, and what the fold has not reached."""

_ROWS = f"""
with sold as materialized (
  select u.tenant_id, u.supplier_id, u.sku_id, o.channel, u.currency, u.delivered_at as moment, o.id as order_id,
    o.contact, extract(epoch from u.delivered_at - o.paid_at) as wait,
    row_number() over (partition by u.tenant_id, u.order_id order by u.delivered_at, u.id) = 1 as led,
    u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
  from order_units u join orders o on o.tenant_id = u.tenant_id and o.id = u.order_id
  where u.delivered_at is not null
), returned as (
  select u.tenant_id, u.supplier_id, u.sku_id, o.channel, u.currency, u.refunded_at as moment,
    u.delivered_at is not null as delivered,
    u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
  from order_units u join orders o on o.tenant_id = u.tenant_id and o.id = u.order_id
  where u.refunded_at is not null
), moved as (
  select distinct on (tenant_id, contact) tenant_id, moment, channel, currency, cast(null as timestamptz) as old_at,
    '' as old_channel, '' as old_currency
  from sold where led and contact is not null order by tenant_id, contact, moment, order_id
), fact as materialized ({facts.facts()})
select {_NAMES} from ({facts.grouped(tuple(Face))}) grouped"""

_LESS = ", ".join((*DIMENSIONS, *(f"-{name}" for name in MEASURES)))
_OFF = " or ".join(f"sum({name}) <> 0" for name in MEASURES)

FIGURES = (
    check(
        "figures.equal_rows",
        "every figure of every dashboard, as readers add it up, is what the orders and refunds themselves add up to",
        "select count(*) from sales_figures",
        "select 'figures of ' || face || ' at ' || at || ' of tenant ' || tenant_id || ', supplier ' || supplier_id"
        " || ', sku ' || sku_id || ' are off by ' || sum(units) || ' units, ' || sum(retail_minor) || ' ' || currency"
        " as defect"
        f" from ({_KEPT} union all select {_LESS} from ({_ROWS}) rows) compared"
        f" group by {', '.join(DIMENSIONS)} having {_OFF}",
    ),
    check(
        "figures.sales_are_in_the_books",
        "the platform's share of sales as dashboards show it is what sales posted to its revenue",
        "select count(*) from sales_figures where face = 'market'",
        "select 'the share is off by ' || sum(minor) || ' ' || currency as defect from ("
        f" select currency, platform_minor as minor from ({_KEPT}) kept where face = 'market'"
        " union all select p.currency, p.amount_minor from postings p join ledger_accounts a on a.id = p.account_id"
        " join journal_entries j on j.id = p.entry_id where a.kind = 'revenue' and j.kind = 'sale'"
        ") compared group by currency having sum(minor) <> 0",
    ),
    check(
        "figures.are_of_this_server",
        "the figures' fold is not ahead of the server's transactions, as it is after a restore",
        "select 1",
        "select 'figures were folded on another server: run cardmesh refold' as defect from figures_fold"
        " where upto > pg_snapshot_xmax(pg_current_snapshot())",
    ),
)
