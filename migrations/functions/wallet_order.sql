-- The order path of a distributor's program, in two statements: read a basket, write an order. Each is a transaction of
-- its own in the realm `trade`, under row-level security like any other. No price, split or state is decided here:
-- Python reads, decides and writes what it decided (trade/orders/express.py; the plain version is orders/wallet.py).
-- Plans are made once for each connection, and by index whatever the tables hold then: a pool that is empty when the plan
-- is made may hold a million keys a minute later.

-- What `goods.pricing.queries.basket` reads for a tenant without a store in mind, with the tenant and its first store.
create function wallet_basket(buyer uuid, wanted uuid[], most int)
returns table (
  tenant_status text, tier text, own_store uuid, own_currency text,
  sku_id uuid, sku_name text, product_id uuid, product_name text, product_slug text, category_id uuid,
  category_slug text, listing_id uuid, store_id uuid,
  offer_id uuid, supplier_id uuid, kind text, stock_cap int, currency text, base_price_minor bigint,
  min_retail_minor bigint, max_retail_minor bigint, min_quantity int, max_quantity int, warranty_hours int,
  prices jsonb, available bigint, endpoints uuid[]
) language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
  scope text := set_config('app.realm', 'trade', true) || set_config('app.tenant', buyer::text, true)
    || set_config('app.supplier', '', true);
begin
  return query
    select t.status, t.tier::text, s.id, s.currency::text,
      k.id, k.name, p.id, p.name, p.slug, p.category_id, c.slug, l.id, l.store_id,
      o.id, o.supplier_id, o.kind, o.stock_cap, o.currency::text, o.base_price_minor,
      o.min_retail_minor, o.max_retail_minor, o.min_quantity, o.max_quantity, o.warranty_hours,
      (select jsonb_agg(jsonb_build_array(r.tier, r.min_quantity, r.price_minor))
        from offer_prices r where r.offer_id = o.id and (length(r.tier), r.tier) <= (length(t.tier), t.tier)),
      (select count(*) from (select from stock u where u.offer_id = o.id limit most) counted),
      array(select w.id from webhook_endpoints w where w.tenant_id = buyer and w.status = 'enabled'
        and (w.event_types = '[]' or w.event_types ? 'order.completed'))
    from tenants t
    cross join lateral (
      select id, currency from stores where tenant_id = buyer order by id limit 1
    ) s
    join skus k on k.id = any (wanted)
    join products p on p.id = k.product_id
    join categories c on c.id = p.category_id
    left join lateral (
      select id, store_id from listings where tenant_id = buyer and sku_id = k.id order by store_id limit 1
    ) l on true
    join offers o on o.sku_id = k.id and o.status = 'active'
      and (o.audience = 'all' or offer_open(o.id, o.audience, o.min_tier))
      and exists (select from suppliers f where f.id = o.supplier_id and f.status = 'active')
    where t.id = buyer;
end $$;

-- Writes all of `plan` or nothing; `answer` is kept to the letter for repeats of the call. Raises CM001 when the wallet
-- has too little or units are gone, and a violation of the unique keys when the caller's key or reference was used before.
-- The caller then takes the plain path, which explains. One statement writes all rows: to begin one costs as much as
-- three rows do.
create function place_wallet_order(buyer uuid, plan jsonb, answer json) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  wallet constant uuid := plan->>'wallet';
  sale constant uuid := plan->>'order_id';
  at constant timestamptz := plan->>'at';
  money constant text := plan->>'currency';
  total constant bigint := plan->>'total_minor';
  event constant uuid := plan->>'event_id';
  entry constant uuid := plan->>'entry_id';
  scope text := set_config('app.realm', 'trade', true) || set_config('app.tenant', buyer::text, true)
    || set_config('app.supplier', '', true);
  balance bigint;
  line jsonb;
  taken uuid[];
  unit_ids uuid[] := '{}';
begin
  -- Who spends from a wallet holds it; what is in it is read by a statement that starts after the wait.
  perform from ledger_accounts where id = wallet for no key update;
  select coalesce((select s.balance_minor from balance_snapshots s where s.account_id = wallet), 0)
      + coalesce((select sum(p.amount_minor) from postings p where p.account_id = wallet and p.xid >= f.upto), 0)
    into balance from ledger_fold f;
  if balance is null or -balance < total then
    raise exception 'the wallet holds too little' using errcode = 'CM001';
  end if;

  for place in 0 .. jsonb_array_length(plan->'lines') - 1 loop
    line := plan->'lines'->place;
    taken := take_stock((line->>'offer_id')::uuid, (line->>'quantity')::int);
    if taken is null then
      raise exception 'the units are gone' using errcode = 'CM001';
    end if;
    unit_ids := unit_ids || taken;
  end loop;

  with call_row as (
    insert into idempotent_calls (party_id, key, request_hash, status, body, locked_until)
      values (buyer, plan->>'call_key', decode(plan->>'call_hash', 'hex'), 201, answer, at)
  ), order_row as (
    insert into orders (tenant_id, id, store_id, number, channel, external_ref, request_hash, collected_by, status,
        currency, total_minor, paid_at, completed_at, created_at)
      values (buyer, sale, (plan->>'store_id')::uuid, plan->>'number', 'api', plan->>'external_ref',
        decode(plan->>'request_hash', 'hex'), 'distributor', 'completed', money, total, at, at, at)
  ), line_rows as (
    insert into order_lines (tenant_id, id, order_id, listing_id, sku_id, kind, quantity, unit_price_minor,
        total_minor, currency, snapshot)
      select buyer, l.id, sale, l.listing_id, l.sku_id, l.kind, l.quantity, l.unit_price_minor, l.total_minor, money,
        l.snapshot
      from jsonb_to_recordset(plan->'lines') as l (id uuid, listing_id uuid, sku_id uuid, kind text, quantity int,
        unit_price_minor bigint, total_minor bigint, snapshot jsonb)
  ), unit_rows as (
    insert into order_units (tenant_id, id, order_id, line_id, ordinal, sku_id, offer_id, supplier_id, stock_unit_id,
        status, currency, retail_minor, cost_minor, supplier_minor, platform_minor, distributor_minor, delivered_at,
        hold_until)
      select buyer, u.id, sale, u.line_id, u.ordinal, u.sku_id, u.offer_id, u.supplier_id, unit_ids[u.place],
        'delivered', money, u.retail_minor, u.cost_minor, u.supplier_minor, u.platform_minor, u.distributor_minor, at,
        u.hold_until
      from jsonb_to_recordset(plan->'units') as u (place int, id uuid, line_id uuid, ordinal int, sku_id uuid,
        offer_id uuid, supplier_id uuid, retail_minor bigint, cost_minor bigint, supplier_minor bigint,
        platform_minor bigint, distributor_minor bigint, hold_until timestamptz)
  ), entry_row as (
    insert into journal_entries (id, idempotency_key, content_hash, kind, reference, reference_id)
      values (entry, plan->>'entry_key', decode(plan->>'entry_hash', 'hex'), 'sale', plan->>'reference', sale)
  ), event_row as (
    insert into events (tenant_id, id, type, data) values (buyer, event, 'order.completed', plan->'event')
  ), outbox_rows as (
    insert into outbox (queue, name, args, tenant_id, run_at)
      select 'tenant:' || buyer, 'webhooks.deliver', jsonb_build_object('endpoint_id', e, 'event_id', event), buyer,
        clock_timestamp()
      from jsonb_array_elements(plan->'endpoints') e
  )
  insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor)
    select entry, r.leg, r.account_id, r.owner_id, money, r.amount_minor
    from jsonb_to_recordset(plan->'postings') as r (leg int, account_id uuid, owner_id uuid, amount_minor bigint);
end $$;

-- `inventory.queries.TAKE`: `wanted` units of an offer from a random place on, then around from the beginning; all or
-- none (NULL). Waits for nobody. Runs under its caller's settings.
create function take_stock(offer uuid, wanted int) returns uuid[] language plpgsql as $$
declare
  start constant uuid := md5(random()::text)::uuid;
  units uuid[];
begin
  with gone as (
    delete from stock where ctid = any (array(
      select ctid from stock where offer_id = offer and unit_id >= start order by unit_id
      limit wanted for update skip locked)) returning unit_id
  ) select array_agg(unit_id) into units from gone;
  if coalesce(cardinality(units), 0) = wanted then
    return units;
  end if;
  with gone as (
    delete from stock where ctid = any (array(
      select ctid from stock where offer_id = offer and unit_id < start order by unit_id
      limit wanted - coalesce(cardinality(units), 0) for update skip locked)) returning unit_id
  ) select units || array_agg(unit_id) into units from gone;
  if cardinality(units) = wanted then
    return units;
  end if;
  return null;
end $$;
