"""Make the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("decision", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=320), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decisions")),
    )
    op.create_table(
        "instance",
        sa.Column("only_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("only_row = 1", name=op.f("ck_instance_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_instance")),
    )
    op.create_table(
        "issues",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("shared", sa.LargeBinary(), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("count_candidates", sa.Integer(), nullable=True),
        sa.Column("count_recipients", sa.Integer(), nullable=True),
        sa.Column("preparing_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(frozen_at is null) = (count_candidates is null)", name=op.f("ck_issues_frozen_with_candidates")
        ),
        sa.CheckConstraint(
            "(frozen_at is null) = (count_recipients is null)", name=op.f("ck_issues_frozen_with_recipients")
        ),
        sa.CheckConstraint("(stopped_at is null) = (stop_reason is null)", name=op.f("ck_issues_stopped_with_reason")),
        sa.CheckConstraint("count_recipients <= count_candidates", name=op.f("ck_issues_recipients_within_candidates")),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issues")),
    )
    op.create_table(
        "preflights",
        sa.Column("preflight_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("count_errors", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("preflight_id", name=op.f("pk_preflights")),
    )
    op.create_index(
        op.f("ix_preflights_issue_id_content_hash"), "preflights", ["issue_id", "content_hash"], unique=False
    )
    op.create_table(
        "suppressions",
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("suppressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason in ('unsubscribed', 'bounced', 'complained', 'blocked')",
            name=op.f("ck_suppressions_known_reason"),
        ),
        sa.PrimaryKeyConstraint("address_key", "reason", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "batches",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("batch_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_no", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("slots", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("count_recipients", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('planned', 'open', 'accepted', 'in_doubt', 'refused', 'split', 'withdrawn', 'abandoned')",
            name=op.f("ck_batches_known_state"),
        ),
        sa.CheckConstraint("count_recipients between 1 and 1000", name=op.f("ck_batches_fits_one_request")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.issue_id"], name=op.f("fk_batches_issues")),
        sa.PrimaryKeyConstraint("issue_id", "batch_no", name=op.f("pk_batches")),
    )
    op.create_table(
        "exclusions",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.issue_id"], name=op.f("fk_exclusions_issues")),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_exclusions")),
    )
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("provider_message_id", sa.String(length=128), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("count_recipients", sa.Integer(), nullable=False),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_doubt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (accepted_at is not null)", name=op.f("ck_attempts_accepted_with_time")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refused_at is not null)", name=op.f("ck_attempts_refused_with_time")
        ),
        sa.CheckConstraint(
            "state <> 'in_doubt' or in_doubt_at is not null", name=op.f("ck_attempts_in_doubt_with_time")
        ),
        sa.CheckConstraint("state <> 'intent' or wire_at is null", name=op.f("ck_attempts_intent_before_wire")),
        sa.CheckConstraint(
            "state in ('intent', 'wire', 'accepted', 'refused', 'in_doubt', 'not_accepted', 'abandoned')",
            name=op.f("ck_attempts_known_state"),
        ),
        sa.CheckConstraint(
            "state not in ('not_accepted', 'abandoned') or settled_at is not null",
            name=op.f("ck_attempts_settled_with_time"),
        ),
        sa.CheckConstraint(
            "state not in ('wire', 'accepted', 'in_doubt', 'not_accepted', 'abandoned') or wire_at is not null",
            name=op.f("ck_attempts_left_by_wire"),
        ),
        sa.CheckConstraint("(settled_at is null) = (settled_by is null)", name=op.f("ck_attempts_settled_by_someone")),
        sa.ForeignKeyConstraint(
            ["issue_id", "batch_no"],
            ["batches.issue_id", "batches.batch_no"],
            name=op.f("fk_attempts_batches"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_issue_id_batch_no"), "attempts", ["issue_id", "batch_no"], unique=False)
    op.create_index(op.f("ix_attempts_state"), "attempts", ["state"], unique=False)
    op.create_table(
        "recipients",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("recipient_id", sa.String(length=32), nullable=False),
        sa.Column("subscriber_id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(refused_at is null) = (refusal is null)", name=op.f("ck_recipients_refused_with_reason")),
        sa.CheckConstraint("withdrawn_at is null or refused_at is null", name=op.f("ck_recipients_one_end")),
        sa.ForeignKeyConstraint(
            ["issue_id", "batch_no"],
            ["batches.issue_id", "batches.batch_no"],
            name=op.f("fk_recipients_batches"),
        ),
        sa.PrimaryKeyConstraint("issue_id", "address_key", name=op.f("pk_recipients")),
        sa.UniqueConstraint("recipient_id", name=op.f("uq_recipients_recipient_id")),
    )
    op.create_index(op.f("ix_recipients_issue_id_batch_no"), "recipients", ["issue_id", "batch_no"], unique=False)
