"""The facts that are added up, as SQL: units handed over, units given back, buyers seen for the first time.

The journal is the source: every hand-over posts one `sale` entry, whose key names its order and its first unit, and
postings carry the id of their transaction. Refunds carry one of their own. So `since <= xid < upto` is read once and
for all when `upto` is no newer than the oldest transaction that still runs; a sequence, a clock or a UUIDv7 would skip
what commits late. Nothing of this is asked of the order path.
"""

# ruff: noqa: S608 - put together from our own words; values are bound

from ...kit.ids import NIL
from ...kit.tenancy import Realm
from .models import MEASURES, Face
from .rules import WAITS, ZONE

END = "cast('18446744073709551615' as xid8)"
"""Beyond every transaction. Said, because with two bounds the planner expects a short range, as it is."""
SETS = {
    Face.STORE: ("(tenant_id, hour, channel, currency)", 0b00111),
    Face.MARKET: ("(hour, channel, currency)", 0b10111),
    Face.STORE_DAY: ("(tenant_id, day, currency)", 0b01011),
    Face.STORE_WEEK: ("(tenant_id, week, currency)", 0b01111),
    Face.SUPPLIER: ("(supplier_id, hour, currency)", 0b10101),
    Face.STORE_GOODS: ("(tenant_id, day, supplier_id, sku_id, currency)", 0b01000),
    Face.GOODS: ("(day, supplier_id, sku_id, currency)", 0b11000),
    Face.GOODS_WEEK: ("(week, supplier_id, sku_id, currency)", 0b11100),
}
"""By face: what is grouped by, and `_GROUPING` in its rows."""
_GROUPING = "grouping(tenant_id, hour, day, supplier_id, sku_id)"
SEEN = {
    Realm.PLATFORM: tuple(Face),
    Realm.TENANT: (Face.STORE, Face.STORE_GOODS),
    Realm.SUPPLIER: (Face.SUPPLIER, Face.GOODS, Face.GOODS_WEEK),
}
"""The faces whose facts a realm sees whole: those of other faces would be sums of a part."""
ORDERS_ONLY = ("orders", "identified", "firsts", *WAITS)
_KEY = "'^sale:[0-9a-f-]{36}:[0-9a-f-]{36}$'"

# An entry's postings name its store unless that earned nothing; then each store is asked.
_STORE_OF_ENTRY = """coalesce(
    (select o.tenant_id from postings q join orders o on o.tenant_id = q.owner_id and o.id = j.reference_id
      where q.entry_id = j.id limit 1),
    (select t.id from tenants t cross join lateral (
      select from orders o where o.tenant_id = t.id and o.id = j.reference_id limit 1) found limit 1))"""

_ENTRY = "select distinct p.entry_id from postings p where p.xid >= {since} and p.xid < {upto}"
_SOLD = """
select s.tenant_id, u.supplier_id, u.sku_id, o.channel, u.currency, u.delivered_at as moment, o.id as order_id,
  o.contact, extract(epoch from u.delivered_at - o.paid_at) as wait,
  case when u.id = s.first_unit then not exists (select from order_units b where b.tenant_id = s.tenant_id
    and b.order_id = s.order_id and b.delivered_at < f.delivered_at) else false end as led,
  u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
from sale s
join order_units f on f.tenant_id = s.tenant_id and f.id = s.first_unit
join order_units u on u.tenant_id = s.tenant_id and u.order_id = s.order_id and u.delivered_at = f.delivered_at
join orders o on o.tenant_id = s.tenant_id and o.id = s.order_id"""

_RETURNED = """
select r.tenant_id, u.supplier_id, u.sku_id, o.channel, u.currency, u.refunded_at as moment,
  u.delivered_at is not null as delivered,
  u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
from refunds r
join order_units u on u.tenant_id = r.tenant_id and u.id = r.unit_id
join orders o on o.tenant_id = r.tenant_id and o.id = r.order_id
where r.xid >= {since} and r.xid < {upto}"""

# A supplier sees its units and its postings, and nothing of orders, nor refunds of what was never delivered. Units are
# made within a minute of their order, so the oldest order's id bounds the look at them: `supplier_id, id` is an index.
# They are read first, at a stroke: order by order, the planner would try the orders of every store.
_SUPPLIERS_SOLD = """
select u.tenant_id, u.supplier_id, u.sku_id, '' as channel, u.currency, u.delivered_at as moment, u.order_id,
  cast(null as text) as contact, 0 as wait, false as led,
  u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
from sale s
join (select * from order_units where supplier_id = app_supplier()
  and id >= (select cast(lpad(to_hex(
      cast(cast('x' || left(min(cast(order_id as text)), 8) as bit(32)) as bigint) - 1), 8, '0')
    || '-0000-0000-0000-000000000000' as uuid) from sale) offset 0) u
  on u.order_id = s.order_id and u.delivered_at >= s.posted_at - interval '1 minute'"""
_SUPPLIERS_RETURNED = """
select u.tenant_id, u.supplier_id, u.sku_id, '' as channel, u.currency, u.refunded_at as moment, true as delivered,
  u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
from entry e join journal_entries j on j.id = e.entry_id and j.kind = 'refund'
join order_units u on u.supplier_id = app_supplier() and u.id = cast(split_part(j.idempotency_key, ':', 2) as uuid)"""

_FRESH = """
select distinct on (d.tenant_id, d.buyer) d.* from (
  select tenant_id, sha256(convert_to(contact, 'UTF8')) as buyer, moment, order_id, channel, currency
  from sold where led and contact is not null
) d order by d.tenant_id, d.buyer, d.moment, d.order_id"""
_MOVED = """
select f.*, b.first_at as old_at, b.order_id as old_order, b.channel as old_channel, b.currency as old_currency
from fresh f left join store_buyers b on b.tenant_id = f.tenant_id and b.buyer = f.buyer
where b.buyer is null or (f.moment, f.order_id) < (b.first_at, b.order_id)"""


def cube(realm: Realm, *, since: str, upto: str = END, also: str = "") -> str:
    """The facts of a window, added up to rows of `sales_figures`: WITH …, `cube` as the last of its parts.

    `since` and `upto` are SQL. `also` are more parts, which may read `moved`: buyers met for the first time.
    """
    bounds = {"since": since, "upto": upto}
    supplier = realm is Realm.SUPPLIER
    parts = {
        "entry": _ENTRY.format(**bounds),
        "sale": _sale(realm),
        "sold": _SUPPLIERS_SOLD if supplier else _SOLD,
        "returned": _SUPPLIERS_RETURNED if supplier else _RETURNED.format(**bounds),
        "fresh": _FRESH,
        "moved": _MOVED,
        "fact": facts(),
    }
    text = ",\n".join(f"{name} as materialized ({body})" for name, body in parts.items())
    return f"with {text}{also},\ncube as ({grouped(SEEN[realm])})"


def _sale(realm: Realm) -> str:
    store = _STORE_OF_ENTRY if realm is Realm.PLATFORM else "app_tenant()"
    return (
        f"select j.reference_id as order_id, cast(split_part(j.idempotency_key, ':', 3) as uuid) as first_unit,"
        f" {store} as tenant_id, j.created_at as posted_at"
        f" from entry e join journal_entries j on j.id = e.entry_id"
        f" where j.kind = 'sale' and j.idempotency_key ~ {_KEY}"
    )


def facts() -> str:
    """`sold`, `returned` and `moved` as signed measures of one moment and place."""
    parts = ("supplier_minor", "platform_minor", "distributor_minor", "retail_minor", "cost_minor")
    sold = {"orders": "led::int", "identified": "(led and contact is not null)::int", "units": "1"}
    sold |= {name: name for name in parts} | {name: f"(led and {test})::int" for name, test in WAITS.items()}
    back = {"refunded": "delivered::int", "failed": "(not delivered)::int"}
    back |= {f"refunded_{name}": f"case when delivered then {name} else 0 end" for name in parts}
    back |= {"failed_minor": "case when delivered then 0 else retail_minor end"}
    goods = "supplier_id, sku_id, channel, currency, moment"
    first = "cast(null as uuid), cast(null as uuid), {0}channel, {0}currency, {1}"
    return "\nunion all ".join(
        (
            _measured("sold", goods, sold),
            _measured("returned", goods, back),
            _measured("moved", first.format("", "moment"), {"firsts": "1"}),
            _measured("moved", first.format("old_", "old_at"), {"firsts": "-1"}) + " where old_at is not null",
        )
    )


def _measured(source: str, place: str, values: dict[str, str]) -> str:
    measures = ", ".join(f"{values.get(name, '0')} as {name}" for name in MEASURES)
    return f"select tenant_id, {place}, {measures} from {source}"


def grouped(faces: tuple[Face, ...], source: str = "fact") -> str:
    """`source`, which has a moment, a place and the measures, added up for some faces."""
    sums = ", ".join(f"cast({_sum(name)} as bigint) as {name}" for name in MEASURES)
    names = " ".join(f"when {number} then '{face}'" for face, (_, number) in SETS.items())
    sets = ", ".join(columns for columns, _ in SETS.values())
    wanted = ", ".join(str(SETS[face][1]) for face in faces)
    return f"""
select coalesce(tenant_id, '{NIL}') as tenant_id,
  case {_GROUPING} {names} end as face, coalesce(hour, day, week) as at,
  coalesce(supplier_id, '{NIL}') as supplier_id, coalesce(sku_id, '{NIL}') as sku_id,
  coalesce(channel, '') as channel, currency, {sums}
from (select *, date_trunc('hour', moment, 'UTC') as hour, date_trunc('day', moment, '{ZONE.key}') as day,
  date_trunc('week', moment, '{ZONE.key}') as week from {source}) placed
group by grouping sets ({sets})
having {_GROUPING} in ({wanted})
  and (grouping(supplier_id) = 1 or supplier_id is not null)"""


def _sum(name: str) -> str:
    return f"case when grouping(supplier_id) = 1 then sum({name}) else 0 end" if name in ORDERS_ONLY else f"sum({name})"
