"""Tables of payouts, reconciliation, closes and advances; what the database holds about them stands in `policies`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cardmesh.kit.db import Xid8

RECORDS = (
    *("withdrawals", "payout_runs", "payout_lines", "payout_results"),
    *("gateway_movements", "comparisons", "reconciliation_tasks", "daily_closes", "advances", "advance_terms"),
)
"""Rows that are kept: the app's role may not delete one. Transactions are kept for three years at least."""


def create_tables() -> None:
    op.create_table(
        "payout_terms",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("schedule", sa.Text(), server_default="manual", nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("payee", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("payee_hint", sa.Text(), server_default="", nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("stripe_ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("method in ('stripe', 'bank', 'alipay')", name=op.f("payout_terms_method_check")),
        sa.CheckConstraint("party in ('supplier', 'distributor')", name=op.f("payout_terms_party_check")),
        sa.CheckConstraint(
            "schedule in ('manual', 'daily', 'weekly', 'monthly')", name=op.f("payout_terms_schedule_check")
        ),
        sa.CheckConstraint("(payee is null) = (key_version is null)", name=op.f("payout_terms_payee_check")),
        sa.CheckConstraint("minimum_minor >= 0", name=op.f("payout_terms_minimum_check")),
        sa.PrimaryKeyConstraint("owner_id", "id", name=op.f("payout_terms_pkey")),
        sa.UniqueConstraint("owner_id", "currency", name=op.f("payout_terms_owner_id_currency_key")),
    )
    op.create_table(
        "payout_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("cutoff", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(status in ('approved', 'done')) = (approved_by is not null)", name=op.f("payout_runs_approved_check")
        ),
        sa.CheckConstraint("method in ('stripe', 'bank', 'alipay')", name=op.f("payout_runs_method_check")),
        sa.CheckConstraint(
            "status in ('draft', 'approved', 'done', 'canceled')", name=op.f("payout_runs_status_check")
        ),
        sa.CheckConstraint("approved_by <> made_by", name=op.f("payout_runs_two_people_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("payout_runs_pkey")),
    )
    op.create_table(
        "payout_lines",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawal_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("payee", sa.LargeBinary(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("payee_hint", sa.Text(), server_default="", nullable=False),
        sa.Column("stripe_account", sa.Text(), nullable=True),
        sa.Column("transfer_ref", sa.Text(), nullable=True),
        sa.Column("payout_ref", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'paid', 'failed', 'canceled')", name=op.f("payout_lines_status_check")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("payout_lines_amount_check")),
        sa.PrimaryKeyConstraint("owner_id", "id", name=op.f("payout_lines_pkey")),
        sa.UniqueConstraint(
            "owner_id", "run_id", "withdrawal_id", name=op.f("payout_lines_owner_id_run_id_withdrawal_id_key")
        ),
    )
    op.create_index(
        "payout_lines_live_idx",
        "payout_lines",
        ["owner_id", "withdrawal_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'canceled'"),
    )
    op.create_index("payout_lines_run_idx", "payout_lines", ["run_id", "id"], unique=False)
    op.create_index(
        "payout_lines_sent_idx", "payout_lines", ["asked_at"], unique=False, postgresql_where=sa.text("status = 'sent'")
    )
    op.create_table(
        "payout_results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("payout_results_pkey")),
        sa.UniqueConstraint("run_id", "sha256", name=op.f("payout_results_run_id_sha256_key")),
    )
    op.create_table(
        "gateway_movements",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("gateway", "ref", name=op.f("gateway_movements_pkey")),
    )
    op.create_index("gateway_movements_at_idx", "gateway_movements", ["gateway", "at"], unique=False)
    op.create_table(
        "comparisons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("comparisons_pkey")),
        sa.UniqueConstraint("gateway", "since", "until", name=op.f("comparisons_gateway_since_until_key")),
    )
    op.create_table(
        "reconciliation_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("movement_ref", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("theirs_minor", sa.BigInteger(), nullable=True),
        sa.Column("theirs_currency", sa.String(length=3), nullable=True),
        sa.Column("ours_minor", sa.BigInteger(), nullable=True),
        sa.Column("ours_currency", sa.String(length=3), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_at is not null)", name=op.f("reconciliation_tasks_resolved_check")
        ),
        sa.CheckConstraint("status in ('open', 'resolved')", name=op.f("reconciliation_tasks_status_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("reconciliation_tasks_pkey")),
        sa.UniqueConstraint("gateway", "key", name=op.f("reconciliation_tasks_gateway_key_key")),
    )
    op.create_index(
        "reconciliation_tasks_open_idx",
        "reconciliation_tasks",
        ["at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "daily_closes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mark", Xid8(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("xid", Xid8(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "num_nonnulls(digest, totals, entries, xid, closed_at) in (0, 5)", name=op.f("daily_closes_closed_check")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("daily_closes_pkey")),
    )
    op.create_index("daily_closes_xid_idx", "daily_closes", ["xid"], unique=False)
    op.create_table(
        "advance_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("pending_permille", sa.Integer(), nullable=False),
        sa.Column("history_permille", sa.Integer(), nullable=False),
        sa.Column("fee_permille", sa.Integer(), nullable=False),
        sa.Column("least_days", sa.Integer(), nullable=False),
        sa.Column("most_minor", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("fee_permille between 0 and 1000", name=op.f("advance_terms_fee_check")),
        sa.CheckConstraint(
            "history_permille >= 0 and least_days >= 0 and most_minor >= 0", name=op.f("advance_terms_positive_check")
        ),
        sa.CheckConstraint("pending_permille between 0 and 1000", name=op.f("advance_terms_pending_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("advance_terms_pkey")),
    )
    op.create_index("advance_terms_currency_idx", "advance_terms", ["currency", "id"], unique=False)
    op.create_table(
        "advances",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_minor", sa.BigInteger(), nullable=False),
        sa.Column("monthly_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "amount_minor > 0 and fee_minor >= 0 and fee_minor < amount_minor", name=op.f("advances_amount_check")
        ),
        sa.PrimaryKeyConstraint("owner_id", "id", name=op.f("advances_pkey")),
    )
    op.create_index("advances_newest_idx", "advances", [sa.literal_column("id desc")], unique=False)
