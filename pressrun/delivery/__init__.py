"""Delivery: audience and issue go to the provider, batch by batch, and every recipient is accounted for."""

from pressrun.delivery.controls import NotDueError
from pressrun.delivery.mirror import mirror
from pressrun.delivery.preflight import Checked, Reach, check, examine, require_ok
from pressrun.delivery.preview import preview
from pressrun.delivery.sender import (
    Reporter,
    end,
    go_on,
    groups,
    make_worker,
    prepare,
    require_provider,
    sender,
    stop_file,
    submit_all,
    told_to_stop,
)
from pressrun.delivery.settle import Settled, settle
from pressrun.delivery.status import SendStatus, status_of

__all__ = [
    "Checked",
    "NotDueError",
    "Reach",
    "Reporter",
    "SendStatus",
    "Settled",
    "check",
    "end",
    "examine",
    "go_on",
    "groups",
    "make_worker",
    "mirror",
    "prepare",
    "preview",
    "require_ok",
    "require_provider",
    "sender",
    "settle",
    "status_of",
    "stop_file",
    "submit_all",
    "told_to_stop",
]
