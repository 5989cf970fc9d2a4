"""The few keys that do not carry their row's owner, and triggers of spread tables, each with its reason. A name that
is no longer there is a defect.

`instead` says what holds the same law on the day when tenants' tables are spread over machines: a spread table can
only be unique together with the tenant id (Citus and its kin). Empty: the table itself is not spread by tenant.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownException:
    """One constraint, unique index or trigger."""

    name: str
    why: str
    instead: str = ""


_MACHINE_WIDE = "ids are random: unique on each machine is unique"
_TELLS = "key_events beside each tenant's rows, gathered by the log's job; Citus allows such triggers by a setting"

EXCEPTIONS = (
    # Tenants' rows.
    KnownException(
        "order_units_stock_unit_id_key",
        "a key is sold once on the whole platform, also between two tenants",
        "unique (tenant_id, stock_unit_id); between tenants the stock's row, which only one sale can delete",
    ),
    KnownException("payments_id_key", "a gateway's message names the payment alone", _MACHINE_WIDE),
    KnownException(
        "payments_session_idx",
        "a gateway's message may name its session alone",
        "unique (tenant_id, gateway, session_ref): gateways do not repeat a session",
    ),
    *(
        KnownException(name, "the database itself tells the public log, whoever sells", _TELLS)
        for name in ("order_units_stamp_sale", "order_units_note_revealed", "order_units_note_voided")
    ),
    KnownException(
        "store_looks_no_change",
        "a look that was published is history, the draft beside it is not",
        "stores.history, the only writer; Citus allows such triggers by a setting",
    ),
    KnownException(
        "themes_no_change",
        "an uploaded theme that was checked is a version, and stays what was checked",
        "stores.wardrobe, the only writer; Citus allows such triggers by a setting",
    ),
    KnownException("stores_id_key", "a store is found before its tenant is known"),
    KnownException("stores_handle_key", "a handle is a host name: it leads to one store on the whole platform"),
    KnownException("store_hosts_host_key", "a host leads to one store on the whole platform"),
    KnownException("domains_proven_idx", "a domain is proven for one store on the whole platform"),
    KnownException("domains_token_key", "a proof stands for one attempt on the whole platform"),
    # Suppliers' rows: their ids lead to them from an order, which does not always know the supplier.
    KnownException("card_keys_pkey", "half the blind index: the same key uploaded twice, by anyone, is refused"),
    KnownException("offers_id_key", "an order line names the offer alone"),
    KnownException("imports_id_key", "an import is found by its id alone"),
    KnownException("offer_files_offer_id_version_key", "an offer is one supplier's already"),
    KnownException("stock_pkey", "an offer is one supplier's already, and the sale deletes by offer"),
    # The ledger, and rows of any party: kept on one machine, found by their own id.
    KnownException("ledger_accounts_pkey", "postings name the account"),
    KnownException("balance_snapshots_pkey", "one for each account"),
    KnownException("balance_snapshots_account_id_fkey", "one for each account, whose owner never changes"),
    KnownException("postings_pkey", "an entry has legs of several owners"),
    KnownException("merchants_pkey", "a gateway's message is sent to the account's own address, which names it alone"),
    KnownException("withdrawals_pkey", "the operator decides by the id alone"),
    KnownException("api_keys_pkey", "a key is found before its party is known"),
    KnownException("api_keys_prefix_key", "a key is found by its prefix before its party is known"),
    KnownException("web_sessions_pkey", "a session is found by its token before its party is known"),
    KnownException("audit_records_pkey", "a row number of the whole trail"),
)

REFERENCE = (
    "categories", "commission_rules", "domains", "offer_tenants", "persons", "products", "skus", "store_hosts",
    "stores", "suppliers", "tenants",
)  # fmt: skip
"""Small, read everywhere, seldom written: copied to every machine, where spread tables may refer to them. The stores
and their hosts are the directory in which a request finds its tenant."""
