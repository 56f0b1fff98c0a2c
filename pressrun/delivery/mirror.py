"""Copy what the ledger says about issues into the lake, where analysts and dashboards read it.

The ledger stays the truth; the copy is replaced as a whole for each issue that changed since the last time.
"""

import hashlib
from collections.abc import Iterable

import orjson
import pyarrow as pa

from pressrun.delivery.garbage import rare_collections
from pressrun.delivery.status import SendStatus, status_of
from pressrun.ledger import Ledger, attempts, identity, issues, recipients
from pressrun.ledger.attempts import Attempt
from pressrun.ledger.recipients import RecipientState
from pressrun.settings import Settings
from pressrun.warehouse import Lake

_TIME = pa.timestamp("us", tz="UTC")


def mirror(settings: Settings, ledger: Ledger, lake: Lake) -> list[str]:
    """Bring the lake's copy up to date, each issue in one transaction.

    Returns:
        The issues whose copy changed.
    """
    known = dict(lake.rows("queries/mirror_fingerprints"))
    changed = []
    for issue_id in issues.every_id(ledger):
        status = status_of(settings, ledger, issue_id)
        tried = attempts.of_issue(ledger, issue_id)
        mark = _fingerprint(status, tried)
        if status.frozen_at is not None and known.get(issue_id) != mark:
            _replace(ledger, lake, status, tried, mark, sender_alive=identity.sender_alive(ledger, settings))
            changed.append(issue_id)
    return changed


def _fingerprint(status: SendStatus, tried: list[Attempt]) -> str:
    """Change whenever anything that is copied has changed."""
    record = [status.as_json(), [(a.attempt_id, a.state, a.settled_at) for a in tried]]
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _replace(
    ledger: Ledger, lake: Lake, status: SendStatus, tried: list[Attempt], mark: str, *, sender_alive: bool
) -> None:
    issue_id = status.issue_id
    with rare_collections(), lake.transaction():
        for name in ("issue", "submissions", "exclusions", "recipients"):
            lake.run(f"queries/mirror_forget_{name}", {"issue_id": issue_id})
        _insert(lake, "issue", _issue_table(ledger, status, tried, mark))
        _insert(lake, "submissions", _submission_table(tried))
        _insert(lake, "exclusions", _exclusion_table(ledger, issue_id))
        for piece in recipients.states(ledger, issue_id, sender_alive=sender_alive):
            with lake.table("incoming", _recipient_table(piece)):
                lake.run("queries/mirror_insert_recipients", {"issue_id": issue_id})


def _insert(lake: Lake, name: str, table: pa.Table) -> None:
    with lake.table("incoming", table):
        lake.run(f"queries/mirror_insert_{name}")


def _issue_table(ledger: Ledger, status: SendStatus, tried: list[Attempt], mark: str) -> pa.Table:
    issue = issues.require(ledger, status.issue_id)
    ends = [a.accepted_at or a.refused_at or a.in_doubt_at for a in tried]
    row = {
        "issue_id": issue.issue_id,
        "subject": issue.subject,
        "segment": issue.segment,
        "content_hash": issue.content_hash,
        "status": status.status,
        "fingerprint": mark,
        "count_candidates": status.candidates,
        "count_recipients": status.recipients,
        "frozen_at": issue.frozen_at,
        "started_at": min((a.intent_at for a in tried), default=None),
        "finished_at": max(filter(None, ends), default=None) if status.status == "finished" else None,
    }
    return pa.Table.from_pylist([row], schema=_schema(row))


def _schema(columns: Iterable[str]) -> pa.Schema:
    return pa.schema([(name, _kind(name)) for name in columns])


def _kind(column: str) -> pa.DataType:
    if column.endswith("_at"):
        return _TIME
    return pa.int64() if column.startswith("count_") or column in ("batch_no", "status_code") else pa.string()


def _submission_table(tried: list[Attempt]) -> pa.Table:
    names = (
        "issue_id",
        "batch_no",
        "attempt_id",
        "state",
        "provider_message_id",
        "answer",
        "count_recipients",
        "status_code",
        "intent_at",
        "wire_at",
    )
    rows = [
        {
            **{name: getattr(a, name) for name in names},
            "decided_at": a.settled_at or a.accepted_at or a.refused_at or a.in_doubt_at,
        }
        for a in tried
    ]
    return pa.Table.from_pylist(rows, schema=_schema((*names, "decided_at")))


def _exclusion_table(ledger: Ledger, issue_id: str) -> pa.Table:
    left_out = issues.exclusions_of(ledger, issue_id)
    return pa.table(
        {
            "issue_id": pa.array([issue_id] * len(left_out), pa.string()),
            "subscriber_id": pa.array([e.subscriber_id for e in left_out], pa.string()),
            "reason": pa.array([e.reason for e in left_out], pa.string()),
        }
    )


def _recipient_table(piece: list[RecipientState]) -> pa.Table:
    columns = zip(RecipientState._fields, zip(*piece, strict=True), strict=True)
    return pa.table({name: pa.array(values, _kind(name)) for name, values in columns})
