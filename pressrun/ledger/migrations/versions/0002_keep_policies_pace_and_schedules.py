"""Keep policies for lost answers, the pace of batches, fences, schedules and canaries."""

import sqlalchemy as sa
from alembic import op

from pressrun.errors import StoppedError

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is kept from here on.

    Raises:
        StoppedError: An issue is under way whose slots this version cannot read; nothing was changed.
    """
    _refuse_while_under_way()
    op.add_column("issues", sa.Column("in_doubt", sa.String(length=64), server_default="hold", nullable=False))
    op.add_column("batches", sa.Column("lane", sa.String(length=255), server_default="", nullable=False))
    op.add_column("batches", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("fence_id", sa.String(length=128), nullable=True))
    op.add_column("attempts", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("suppressions", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "schedules",
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("scheduled_by", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_schedules")),
    )
    op.create_table(
        "canaries",
        sa.Column("canary_id", sa.String(length=36), nullable=False),
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.issue_id"], name=op.f("fk_canaries_issue_id_issues")),
        sa.PrimaryKeyConstraint("canary_id", name=op.f("pk_canaries")),
    )
    op.create_index(op.f("ix_canaries_issue_id"), "canaries", ["issue_id"], unique=False)


def _refuse_while_under_way() -> None:
    """Slots are kept in another form from here on, and what is promised is not converted."""
    under_way = "select distinct issue_id from batches where state in ('planned', 'open', 'in_doubt')"
    found = [issue_id for (issue_id,) in op.get_bind().execute(sa.text(under_way))]
    if found:
        raise StoppedError(
            f"Issues are under way that an older Pressrun began: {', '.join(sorted(found))}. Nothing was changed; "
            "finish, settle or cancel them with that version, then start this one again."
        )
