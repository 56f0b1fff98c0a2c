"""Mail the owner, to see whether events still arrive where no later batch can show it."""

import uuid
from datetime import datetime

from pressrun.delivery.outcomes import judge
from pressrun.delivery.payload import Shared
from pressrun.delivery.provider import Provider
from pressrun.delivery.trial_mail import request_to
from pressrun.ledger import Ledger, canaries
from pressrun.ledger.issues import Issue
from pressrun.settings import Settings

#: Kept apart from issues: nothing of a canary is ever counted.
CANARY_ISSUE = "pressrun-canary"
_TEXT = (
    "An answer of SendGrid was lost while {issue} was sent. Pressrun mailed you to see whether events still arrive: "
    "if they do, and none comes of the lost request, it was not accepted. There is nothing to do."
)


def post_canary(settings: Settings, ledger: Ledger, issue: Issue, provider: Provider, now: datetime) -> bool:
    """Post one mail to the owner, noted before and after.

    Returns:
        Whether SendGrid accepted it.
    """
    shared, canary_id = Shared.from_json(issue.shared), uuid.uuid4().hex
    canaries.begin(ledger, canary_id, issue.issue_id, now)
    text = _TEXT.format(issue=issue.issue_id)
    arguments = {"pr_issue": CANARY_ISSUE, "pr_batch": "0", "pr_attempt": canary_id, "pr_recipient": "canary"}
    request = request_to(
        (shared.from_email, shared.from_name),
        settings.owner_email or shared.from_email,
        (f"Pressrun: is anybody there? ({issue.issue_id})", f"<p>{text}</p>", text),
        None,
        arguments,
    )
    accepted = judge(provider.post(request, lambda: None)).outcome.state == "accepted"
    if accepted:
        canaries.accept(ledger, canary_id, now)
    return accepted
