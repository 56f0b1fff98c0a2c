"""Declare the ledger's tables: what was promised, and what came of it.

State and time agree by CHECK, so that a row cannot claim what did not happen. The migrations in
`migrations/versions` make these tables; a test compares both.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from pressrun.ledger.times import UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

#: One row: which installation this ledger belongs to, and how often a sender has started.
instance = Table(
    "instance",
    metadata,
    Column("only_row", Integer, primary_key=True, autoincrement=False),
    Column("instance_id", String(36), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("armed_at", UtcDateTime(), nullable=False),
    CheckConstraint("only_row = 1", name="only_row"),
)

#: One row per issue whose audience was frozen, or is being prepared.
issues = Table(
    "issues",
    metadata,
    Column("issue_id", String(64), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("segment", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    #: Everything all recipients share, as JSON: sender, subject, HTML, text, tracking.
    Column("shared", LargeBinary, nullable=False),
    Column("stop_reason", Text),
    #: What to do when an answer is lost, as `policies.Policy` writes it.
    Column("in_doubt", String(64), nullable=False, server_default="hold"),
    Column("count_candidates", Integer),
    Column("count_recipients", Integer),
    Column("preparing_at", UtcDateTime(), nullable=False),
    Column("frozen_at", UtcDateTime()),
    Column("paused_at", UtcDateTime()),
    Column("cancelled_at", UtcDateTime()),
    Column("stopped_at", UtcDateTime()),
    CheckConstraint("(frozen_at is null) = (count_candidates is null)", name="frozen_with_candidates"),
    CheckConstraint("(frozen_at is null) = (count_recipients is null)", name="frozen_with_recipients"),
    CheckConstraint("(stopped_at is null) = (stop_reason is null)", name="stopped_with_reason"),
    CheckConstraint("count_recipients <= count_candidates", name="recipients_within_candidates"),
)

#: One row per candidate left out of an issue.
exclusions = Table(
    "exclusions",
    metadata,
    Column("issue_id", String(64), primary_key=True),
    Column("subscriber_id", String(36), primary_key=True),
    Column("reason", String(32), nullable=False),
    ForeignKeyConstraint(["issue_id"], ["issues.issue_id"]),
)

BATCH_STATES = ("planned", "open", "accepted", "in_doubt", "refused", "split", "withdrawn", "abandoned")

#: One row per batch: up to 1,000 recipients that go out in one request. A split batch lives on in its parts.
batches = Table(
    "batches",
    metadata,
    Column("issue_id", String(64), primary_key=True),
    Column("batch_no", Integer, primary_key=True, autoincrement=False),
    Column("parent_no", Integer),
    Column("state", String(16), nullable=False),
    #: The rendered slots of its recipients, compressed; dropped with the issue's end.
    Column("slots", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("count_recipients", Integer, nullable=False),
    #: The mailbox provider whose pace it keeps; empty for all others.
    Column("lane", String(255), nullable=False, server_default=""),
    #: Not before then, as planned before the first POST.
    Column("due_at", UtcDateTime()),
    ForeignKeyConstraint(["issue_id"], ["issues.issue_id"]),
    CheckConstraint(f"state in {BATCH_STATES}", name="known_state"),
    CheckConstraint("count_recipients between 1 and 1000", name="fits_one_request"),
)

#: One row per recipient of a frozen audience. The primary key is the promise that nobody is in it twice.
recipients = Table(
    "recipients",
    metadata,
    Column("issue_id", String(64), primary_key=True),
    Column("address_key", String(320), primary_key=True),
    Column("recipient_id", String(32), nullable=False),
    Column("subscriber_id", String(36), nullable=False),
    Column("address", String(320), nullable=False),
    Column("batch_no", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("refusal", Text),
    Column("withdrawn_at", UtcDateTime()),
    Column("refused_at", UtcDateTime()),
    UniqueConstraint("recipient_id"),
    ForeignKeyConstraint(["issue_id", "batch_no"], ["batches.issue_id", "batches.batch_no"]),
    CheckConstraint("(refused_at is null) = (refusal is null)", name="refused_with_reason"),
    CheckConstraint("withdrawn_at is null or refused_at is null", name="one_end"),
    Index(None, "issue_id", "batch_no"),
)

ATTEMPT_STATES = ("intent", "wire", "accepted", "refused", "in_doubt", "not_accepted", "abandoned")
_LEFT = "('wire', 'accepted', 'in_doubt', 'not_accepted', 'abandoned')"

#: One row per attempt: one POST of one batch.
attempts = Table(
    "attempts",
    metadata,
    Column("attempt_id", String(36), primary_key=True),
    Column("issue_id", String(64), nullable=False),
    Column("batch_no", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("provider_message_id", String(128)),
    #: SendGrid's own words, or what became of the connection.
    Column("answer", Text),
    #: Who or what settled it: `event`, or a person.
    Column("settled_by", String(64)),
    #: SendGrid's batch id of a fenced attempt, by which it can be cancelled until shortly before `send_at`.
    Column("fence_id", String(128)),
    Column("epoch", Integer, nullable=False),
    Column("status_code", Integer),
    Column("count_recipients", Integer, nullable=False),
    Column("intent_at", UtcDateTime(), nullable=False),
    Column("wire_at", UtcDateTime()),
    Column("accepted_at", UtcDateTime()),
    Column("refused_at", UtcDateTime()),
    Column("in_doubt_at", UtcDateTime()),
    Column("settled_at", UtcDateTime()),
    Column("send_at", UtcDateTime()),
    ForeignKeyConstraint(["issue_id", "batch_no"], ["batches.issue_id", "batches.batch_no"]),
    CheckConstraint(f"state in {ATTEMPT_STATES}", name="known_state"),
    CheckConstraint(f"state not in {_LEFT} or wire_at is not null", name="left_by_wire"),
    CheckConstraint("state <> 'intent' or wire_at is null", name="intent_before_wire"),
    CheckConstraint("(state = 'accepted') = (accepted_at is not null)", name="accepted_with_time"),
    CheckConstraint("(state = 'refused') = (refused_at is not null)", name="refused_with_time"),
    CheckConstraint("state <> 'in_doubt' or in_doubt_at is not null", name="in_doubt_with_time"),
    CheckConstraint("(settled_at is null) = (settled_by is null)", name="settled_by_someone"),
    CheckConstraint("state not in ('not_accepted', 'abandoned') or settled_at is not null", name="settled_with_time"),
    Index(None, "issue_id", "batch_no"),
    Index(None, "state"),
)

#: One row per address and reason: an address we must not mail.
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_key", String(320), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("suppressed_at", UtcDateTime(), nullable=False),
    #: When SendGrid was told, if it is told at all.
    Column("told_at", UtcDateTime()),
    CheckConstraint("reason in ('unsubscribed', 'bounced', 'complained', 'blocked')", name="known_reason"),
)

#: One row per preflight that was run, bound to the content it looked at.
preflights = Table(
    "preflights",
    metadata,
    Column("preflight_id", Integer, primary_key=True, autoincrement=True),
    Column("issue_id", String(64), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("findings", Text, nullable=False),
    Column("count_errors", Integer, nullable=False),
    Column("checked_at", UtcDateTime(), nullable=False),
    Index(None, "issue_id", "content_hash"),
)

#: One row per decision of a person: what, about what, who and why.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=True),
    Column("decision", String(32), nullable=False),
    Column("about", String(320), nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", UtcDateTime(), nullable=False),
)

#: One row per issue that is to be sent at a time, with the content it was checked with.
schedules = Table(
    "schedules",
    metadata,
    Column("issue_id", String(64), primary_key=True),
    #: Path of its file, or its slug.
    Column("reference", Text, nullable=False),
    Column("segment", String(64)),
    Column("content_hash", String(64), nullable=False),
    Column("scheduled_by", String(64), nullable=False),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("scheduled_at", UtcDateTime(), nullable=False),
)

#: One row per mail to the owner that is to show whether events still arrive.
canaries = Table(
    "canaries",
    metadata,
    Column("canary_id", String(36), primary_key=True),
    Column("issue_id", String(64), nullable=False),
    Column("posted_at", UtcDateTime(), nullable=False),
    Column("accepted_at", UtcDateTime()),
    ForeignKeyConstraint(["issue_id"], ["issues.issue_id"]),
    Index(None, "issue_id"),
)

#: One row per stream that is read step by step: how far it was applied to the ledger.
cursors = Table(
    "cursors",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
