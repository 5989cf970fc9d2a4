-- A gateway says that a store order is paid, in two statements: read what it is about, write what follows. Each is a
-- transaction of its own in the realm `platform`, like every message of a gateway. Nothing is decided here: Python
-- decides and writes what it decided (trade/orders/express_paid.py; the plain version is money/payments/inbox.py with
-- trade/orders/paid.py). Plans are made once for each connection and by index, as in wallet_order.sql.

-- The payment with its order, one row a unit; `outcome` is what became of this message, if it came before.
create function paid_order(gateway_name text, message text, payment uuid)
returns table (
  outcome text,
  tenant_id uuid, id uuid, purpose text, order_id uuid, gateway text, gateway_account text, livemode bool, currency text,
  amount_minor bigint, status text, session_ref text, intent_ref text,
  number text, order_status text, order_currency text, collected_by text, contact_kind text, external_ref text,
  units bigint,
  kind text, warranty_hours int,
  unit_id uuid, unit_status text, supplier_id uuid,
  retail_minor bigint, supplier_minor bigint, platform_minor bigint, distributor_minor bigint
) language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
begin
  perform set_config('app.realm', 'platform', true), set_config('app.tenant', '', true),
    set_config('app.supplier', '', true);
  return query
    select (select e.outcome from gateway_events e where e.gateway = gateway_name and e.event_ref = message),
      p.tenant_id, p.id, p.purpose, p.order_id, p.gateway, p.gateway_account, p.livemode, p.currency::text,
      p.amount_minor, p.status, p.session_ref, p.intent_ref,
      o.number::text, o.status, o.currency::text, o.collected_by, o.contact_kind, o.external_ref::text,
      (select sum(q.quantity) from order_lines q where q.tenant_id = o.tenant_id and q.order_id = o.id),
      l.kind, coalesce((l.snapshot->>'warranty_hours')::int, 0),
      u.id, u.status, u.supplier_id, u.retail_minor, u.supplier_minor, u.platform_minor, u.distributor_minor
    from payments p
    join orders o on o.tenant_id = p.tenant_id and o.id = p.order_id
    join order_units u on u.tenant_id = o.tenant_id and u.order_id = o.id
    join order_lines l on l.tenant_id = u.tenant_id and l.order_id = u.order_id and l.id = u.line_id
    where p.id = payment
    order by u.id;
end $$;

-- Writes all of `plan` or nothing. Raises CM001 when it no longer holds: the message was stored by somebody else, the
-- payment is no longer open or has another session, the order no longer waits for it, or a unit is no longer set aside.
-- Rows are locked in the order of the plain version: message, payment, order, units.
create function settle_paid_order(buyer uuid, plan jsonb) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  sale constant uuid := plan->>'order_id';
  at constant timestamptz := plan->>'at';
  session constant text := plan->>'session_ref';
  intent constant text := plan->>'intent_ref';
  changed int;
begin
  perform set_config('app.realm', 'platform', true), set_config('app.tenant', '', true),
    set_config('app.supplier', '', true);

  insert into gateway_events (gateway, event_ref, type, payload, outcome, applied_at)
    values (plan->>'gateway', plan->>'event_ref', plan->>'type', plan->'payload', 'applied', at)
    on conflict do nothing;
  if not found then
    raise exception 'the message came before' using errcode = 'CM001';
  end if;

  update payments set status = 'paid', paid_at = at, session_ref = session, intent_ref = intent
    where tenant_id = buyer and id = (plan->>'payment_id')::uuid and status = 'open'
      and (session_ref is null or session_ref = session) and (intent_ref is null or intent_ref = intent);
  if not found then
    raise exception 'the payment is no longer open' using errcode = 'CM001';
  end if;

  update orders set status = 'completed', paid_at = at, completed_at = at
    where tenant_id = buyer and id = sale and status = 'pending_payment' and paid_at is null;
  if not found then
    raise exception 'the order no longer waits for its payment' using errcode = 'CM001';
  end if;

  update order_units u set status = 'delivered', delivered_at = at, hold_until = r.hold_until
    from jsonb_to_recordset(plan->'units') as r (id uuid, hold_until timestamptz)
    where u.tenant_id = buyer and u.id = r.id and u.order_id = sale and u.status = 'reserved';
  get diagnostics changed = row_count;
  if changed <> jsonb_array_length(plan->'units') then
    raise exception 'a unit is no longer set aside' using errcode = 'CM001';
  end if;

  insert into journal_entries (id, idempotency_key, content_hash, kind, reference, reference_id)
    select id, key, decode(hash, 'hex'), kind, reference, reference_id
    from jsonb_to_recordset(plan->'entries') as r (
      id uuid, key text, hash text, kind text, reference text, reference_id uuid);
  insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor)
    select entry_id, leg, account_id, owner_id, currency, amount_minor
    from jsonb_to_recordset(plan->'postings') as r (
      entry_id uuid, leg int, account_id uuid, owner_id uuid, currency text, amount_minor bigint);

  insert into events (tenant_id, id, type, data)
    select buyer, id, type, data from jsonb_to_recordset(plan->'events') as r (id uuid, type text, data jsonb);
  insert into outbox (queue, name, args, tenant_id, run_at, dedupe_key)
    select 'tenant:' || buyer, name, args, buyer, at, dedupe_key
    from (
      select name, args, dedupe_key, null::uuid as event
        from jsonb_to_recordset(plan->'letters') as r (name text, args jsonb, dedupe_key text)
      union all
      select 'webhooks.deliver', jsonb_build_object('endpoint_id', w.id, 'event_id', r.id), null, r.id
        from webhook_endpoints w
        join jsonb_to_recordset(plan->'events') as r (id uuid, type text)
          on w.event_types = '[]' or w.event_types ? r.type
        where w.tenant_id = buyer and w.status = 'enabled'
    ) promised
    order by event;
end $$;
