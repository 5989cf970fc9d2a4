"""The laws as queries. Each counts what was looked at and lists what breaks the law; no rows is good news.

A query returns `looked_at` (a number) and `defects` (an array of texts, the first few of them).
"""

from dataclasses import dataclass

from ...provenance.leaves import TOKEN_DOMAIN
from ...provenance.queries import BEYOND


@dataclass(frozen=True)
class Check:
    """One law. `sql` has the columns `looked_at` bigint and `defects` text[]."""

    name: str
    law: str
    sql: str


def check(name: str, law: str, looked_at: str, defects: str) -> Check:
    """A check from a count and a query of one text column `defect`."""
    sql = f"select ({looked_at}) as looked_at, array(select defect from ({defects}) d limit 20) as defects"  # noqa: S608 - ours
    return Check(name, law, sql)


LEDGER = (
    check(
        "ledger.balanced",
        "every journal entry adds up to zero in each currency",
        "select count(*) from journal_entries",
        "select 'entry ' || entry_id || ' is off by ' || sum(amount_minor) || ' ' || currency as defect"
        " from postings group by entry_id, currency having sum(amount_minor) <> 0",
    ),
    check(
        "ledger.complete",
        "every journal entry has postings, and every posting its account's owner and currency",
        "select count(*) from postings",
        "select 'entry ' || e.id || ' has no postings' as defect from journal_entries e"
        " where not exists (select from postings p where p.entry_id = e.id)"
        " union all select 'posting ' || p.entry_id || '/' || p.leg || ' does not match its account' from postings p"
        " join ledger_accounts a on a.id = p.account_id where (a.owner_id, a.currency) <> (p.owner_id, p.currency)",
    ),
    check(
        "ledger.derived_equals_stored",
        "folded balances equal the sum of the postings that they fold",
        "select count(*) from balance_snapshots",
        "select 'account ' || coalesce(s.account_id, d.account_id) || ': stored ' || coalesce(s.balance_minor, 0)"
        " || ', derived ' || coalesce(d.total, 0) as defect from balance_snapshots s full join"
        " (select account_id, sum(amount_minor) as total from postings"
        " where xid < (select upto from ledger_fold) group by account_id) d using (account_id)"
        " where coalesce(s.balance_minor, 0) <> coalesce(d.total, 0)",
    ),
    check(
        "ledger.fold_is_of_this_server",
        "the fold's horizon is not ahead of the server's transactions, as it is after a restore",
        "select 1",
        "select 'balances were folded on another server: run cardmesh refold' as defect from ledger_fold"
        " where upto > pg_snapshot_xmax(pg_current_snapshot())",
    ),
)

GOODS = (
    check(
        "keys.sold_once",
        "no key is in the hands of two buyers, nor sold and still in stock",
        "select count(*) from order_units where stock_unit_id is not null",
        "select 'key ' || stock_unit_id || ' was sold ' || count(*) || ' times' as defect from order_units"
        " where stock_unit_id is not null group by stock_unit_id having count(*) > 1"
        " union all select 'key ' || s.unit_id || ' is in stock and in unit ' || u.id from stock s"
        " join order_units u on u.stock_unit_id = s.unit_id",
    ),
    check(
        "keys.of_the_right_offer",
        "a delivered card key belongs to the offer and supplier that it was sold from",
        "select count(*) from order_units where status = 'delivered'",
        "select 'unit ' || u.id || ' holds a key of another offer' as defect from order_units u"
        " join card_keys k on k.id = u.stock_unit_id where (k.offer_id, k.supplier_id) <> (u.offer_id, u.supplier_id)"
        " union all select 'unit ' || u.id || ' was delivered without a key' from order_units u"
        " join order_lines l on l.tenant_id = u.tenant_id and l.order_id = u.order_id and l.id = u.line_id"
        " where l.kind = 'card_key' and u.status = 'delivered' and not exists"
        " (select from card_keys k where k.id = u.stock_unit_id)",
    ),
)

ORDERS = (
    check(
        "orders.totals",
        "an order's total is the sum of its lines and of its units",
        "select count(*) from orders",
        "select 'order ' || o.number || ': total ' || o.total_minor || ', lines ' || l.total || ', units ' || u.total"
        " as defect from orders o"
        " cross join lateral (select coalesce(sum(total_minor), 0) as total from order_lines"
        " where tenant_id = o.tenant_id and order_id = o.id) l"
        " cross join lateral (select coalesce(sum(retail_minor), 0) as total from order_units"
        " where tenant_id = o.tenant_id and order_id = o.id) u"
        " where o.total_minor <> l.total or o.total_minor <> u.total",
    ),
    check(
        "orders.paid_has_goods_or_a_job",
        "no paid order waits without goods, a refund, or a job that will see to it",
        "select count(*) from orders where paid_at is not null",
        "select 'order ' || o.number || ' was paid at ' || o.paid_at || ' and nothing is under way' as defect"
        " from orders o where o.status in ('paid', 'processing')"
        " and o.paid_at < clock_timestamp() - interval '1 minute'"
        " and not exists (select from outbox j where j.args ->> 'order_id' = o.id::text and j.state <> 'dead')"
        " union all select 'order ' || o.number || ' is completed with a unit ' || u.status from orders o"
        " join order_units u on u.tenant_id = o.tenant_id and u.order_id = o.id"
        " where o.status = 'completed' and u.status not in ('delivered', 'replaced', 'refunded')",
    ),
    check(
        "orders.unpaid_hold_nothing",
        "an order that was not paid in time gives its stock back",
        "select count(*) from orders where status = 'pending_payment'",
        "select 'order ' || number || ' should have expired at ' || expires_at as defect from orders"
        " where status = 'pending_payment' and expires_at < clock_timestamp() - interval '2 minutes'"
        " union all select 'unit ' || u.id || ' is held by the ended order ' || o.number from orders o"
        " join order_units u on u.tenant_id = o.tenant_id and u.order_id = o.id"
        " where o.status = 'canceled' and u.status = 'reserved'",
    ),
    check(
        "orders.delivered_is_paid",
        "no unit is delivered unpaid",
        "select count(*) from order_units where delivered_at is not null",
        "select 'unit ' || u.id || ' of order ' || o.number || ' was delivered unpaid' as defect from order_units u"
        " join orders o on o.tenant_id = u.tenant_id and o.id = u.order_id"
        " where u.delivered_at is not null and o.paid_at is null",
    ),
    check(
        "orders.coupons_counted",
        "a coupon counts the orders that hold a use of it, and each gives the discount that its lines and units bear",
        "select count(*) from coupon_uses",
        "select 'coupon ' || c.code || ' counts ' || c.used || ' uses, orders hold ' || h.uses as defect from coupons c"
        " cross join lateral (select count(*) as uses from coupon_uses u where u.tenant_id = c.tenant_id"
        " and u.coupon_id = c.id and u.status = 'held') h where c.used <> h.uses"
        " union all select 'order ' || o.number || ' gives ' || o.discount_minor || ', its use ' || coalesce(u.off, 0)"
        " || ', its lines ' || l.off || ', its units ' || n.off from orders o"
        " cross join lateral (select sum(discount_minor) as off from coupon_uses"
        " where tenant_id = o.tenant_id and order_id = o.id) u"
        " cross join lateral (select coalesce(sum(discount_minor), 0) as off from order_lines"
        " where tenant_id = o.tenant_id and order_id = o.id) l"
        " cross join lateral (select coalesce(sum(discount_minor), 0) as off from order_units"
        " where tenant_id = o.tenant_id and order_id = o.id) n"
        " where o.coupon_code is not null and not (o.discount_minor = u.off and o.discount_minor = l.off"
        " and o.discount_minor = n.off)"
        " union all select 'order ' || o.number || ' is canceled and holds a coupon' from orders o"
        " join coupon_uses u on u.tenant_id = o.tenant_id and u.order_id = o.id"
        " where o.status = 'canceled' and u.status = 'held'",
    ),
)

WORK = (
    check(
        "outbox.drained",
        "no job is overdue by more than a minute, abandoned, or dead",
        "select count(*) from outbox",
        "select 'job ' || id || ' ' || name || ' is ' ||"
        " case state when 'dead' then 'dead: ' || coalesce(last_error, '') else 'overdue since ' || run_at end"
        " as defect"
        " from outbox where state = 'dead' or (state = 'ready' and run_at < clock_timestamp() - interval '1 minute')"
        " or (state = 'leased' and lease_until < clock_timestamp() - interval '1 minute')",
    ),
    check(
        "payments.refused",
        "every payment message was understood and matched an order of ours",
        "select count(*) from gateway_events",
        "select 'event ' || event_ref || ' of ' || gateway || ' was refused: ' || reason as defect from gateway_events"
        " where outcome = 'refused'"
        " union all select 'event ' || event_ref || ' of ' || gateway || ' was never applied' from gateway_events"
        " where outcome = 'stored' and received_at < clock_timestamp() - interval '1 minute'",
    ),
)

_TOKEN = f"sha256(decode('{TOKEN_DOMAIN.hex()}', 'hex') || k.fingerprint)"

LOG = (
    check(
        "log.sold_once",
        "the public log tells of no key that was sold twice",
        "select count(*) from log_leaves where event = 'sold'",
        "select 'key ' || encode(token, 'hex') || ' was sold ' || count(*) || ' times: leaves '"
        " || array_agg(index order by index)::text as defect from log_leaves"
        " where event = 'sold' group by token having count(*) > 1",
    ),
    check(
        "log.agrees",
        "the public log and the tables tell of the same sales and the same imported keys",
        "select size from log_state",
        "select 'key ' || encode(token, 'hex') || ' was sold ' || coalesce(told, 0) || ' times by the tables, '"  # noqa: S608 - ours
        " || coalesce(logged, 0) || ' by the log' as defect from"
        f" (select token, count(*) as told from (select {_TOKEN} as token from order_units u"
        " join card_keys k on k.id = u.stock_unit_id"
        " where u.delivered_at is not null and u.xid < (select upto from log_state)"
        f" union all select {_TOKEN} from key_events e join card_keys k on k.id = e.key_id"
        " where e.event = 'replaced' and e.xid < (select upto from log_state)) sold group by token) t"
        " full join (select token, count(*) as logged from log_leaves where event = 'sold' group by token) l"
        " using (token) where coalesce(told, 0) <> coalesce(logged, 0)"
        " union all select 'the log has batches of ' || b.keys || ' keys, and ' || k.keys || ' were imported'"
        " from (select coalesce(sum(keys), 0) as keys from log_batches) b, (select count(*) as keys from card_keys"
        f" where xid < (select upto from log_state) or xid >= '{BEYOND}') k where b.keys <> k.keys",
    ),
    check(
        "log.is_of_this_server",
        "the log has not read transactions that this server has yet to come to, as it has after a restore",
        "select 1",
        "select 'the log was kept on another server: run cardmesh refold' as defect from log_state"
        " where upto > pg_snapshot_xmax(pg_current_snapshot())",
    ),
)

CHECKS = LEDGER + GOODS + ORDERS + WORK + LOG
