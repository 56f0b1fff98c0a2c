"""The rest of SendGrid's API that Pressrun asks: scheduled sends, suppression lists, webhook settings."""

import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pressrun.sandbox.config import SandboxConfig
from pressrun.sandbox.play import Player
from pressrun.sandbox.signing import Signer

#: Concurrent pauses and cancels; documented as 10 in one place and 100 in another.
MAX_CANCELS = 10
_REASONS = {
    "bounces": "Bounced Address",
    "spam_reports": "Spam Reporting Address",
    "invalid_emails": "Invalid",
    "unsubscribes": "Unsubscribed Address",
    "blocks": "",
}


class Account:
    """The endpoints of one account."""

    def __init__(self, config: SandboxConfig, player: Player, signer: Signer) -> None:
        self._config = config
        self._player = player
        self._signer = signer
        self._batches: set[str] = set()
        self._held: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """Give the endpoints."""
        return [
            Route("/v3/mail/batch", self.new_batch, methods=["POST"]),
            Route("/v3/mail/batch/{batch_id}", self.batch),
            Route("/v3/user/scheduled_sends", self.held_sends, methods=["GET", "POST"]),
            Route("/v3/user/scheduled_sends/{batch_id}", self.held_send, methods=["GET", "PATCH", "DELETE"]),
            Route("/v3/suppression/{kind}", self.suppressions),
            Route("/v3/suppression/{kind}/{email}", self.suppression, methods=["GET", "DELETE"]),
            Route("/v3/asm/suppressions/global", self.suppress, methods=["POST"]),
            Route("/v3/asm/groups/{group:int}/suppressions", self.suppress, methods=["POST"]),
            Route("/v3/asm/suppressions/global/{email}", self.unsubscribed),
            Route("/v3/user/webhooks/event/settings", self.webhook),
            Route("/v3/user/webhooks/event/settings/all", self.webhooks),
        ]

    async def new_batch(self, request: Request) -> Response:
        """Give out a batch id."""
        batch_id = secrets.token_urlsafe(24)
        self._batches.add(batch_id)
        return JSONResponse({"batch_id": batch_id}, 201)

    async def batch(self, request: Request) -> Response:
        """Tell whether a batch id was given out."""
        batch_id = request.path_params["batch_id"]
        if batch_id in self._batches:
            return JSONResponse({"batch_id": batch_id})
        return _refused(400, "invalid batch id", "batch_id")

    async def held_sends(self, request: Request) -> Response:
        """List what is paused or cancelled, or pause or cancel one."""
        if request.method == "GET":
            return JSONResponse([_held(batch_id, status) for batch_id, status in self._held.items()])
        asked: dict[str, Any] = await request.json()
        batch_id, status = str(asked.get("batch_id")), str(asked.get("status"))
        if batch_id not in self._batches or status not in ("pause", "cancel"):
            return _refused(400, "invalid batch id or status", "batch_id")
        if batch_id in self._held:
            return _refused(400, "a status for this batch id exists, try PATCH to update the status", "batch_id")
        if len(self._held) >= MAX_CANCELS:
            return _refused(400, "there are too many paused or cancelled batches", None)
        self._held[batch_id] = status
        return JSONResponse(_held(batch_id, status), 201)

    async def held_send(self, request: Request) -> Response:
        """Look at, change or lift the pause or cancel of one batch."""
        batch_id = request.path_params["batch_id"]
        if batch_id not in self._held:
            return JSONResponse([]) if request.method == "GET" else _refused(404, "batch id not found", "batch_id")
        if request.method == "GET":
            return JSONResponse([_held(batch_id, self._held[batch_id])])
        if request.method == "DELETE":
            del self._held[batch_id]
        else:
            self._held[batch_id] = str((await request.json()).get("status"))
        return Response(status_code=204)

    async def suppressions(self, request: Request) -> Response:
        """Page through one suppression list, at most 500 at once."""
        limit = min(500, int(request.query_params.get("limit", "500")))
        offset = int(request.query_params.get("offset", "0"))
        listed = self._listed(request.path_params["kind"])
        return JSONResponse(listed[offset : offset + limit])

    async def suppression(self, request: Request) -> Response:
        """Look at one address of a list, or take it off."""
        address = request.path_params["email"].lower()
        if request.method == "DELETE":
            self._player.release(address)
            return Response(status_code=204)
        listed = self._listed(request.path_params["kind"])
        return JSONResponse([one for one in listed if one["email"] == address])

    async def suppress(self, request: Request) -> Response:
        """Put addresses on the global list; the sandbox has one list for all groups."""
        asked = (await request.json()).get("recipient_emails", [])
        for address in asked:
            self._player.suppress(str(address), _REASONS["unsubscribes"])
        return JSONResponse({"recipient_emails": asked}, 201)

    async def unsubscribed(self, request: Request) -> Response:
        """Tell whether an address is on the global list."""
        address = request.path_params["email"].lower()
        known = self._player.suppressed().get(address) == _REASONS["unsubscribes"]
        return JSONResponse({"recipient_email": address} if known else {})

    async def webhook(self, request: Request) -> Response:
        """Give the settings of the event webhook."""
        return JSONResponse(self._webhook())

    async def webhooks(self, request: Request) -> Response:
        """List all event webhooks; there is one."""
        return JSONResponse({"max_allowed": 1, "webhooks": [self._webhook()]})

    def _webhook(self) -> dict[str, Any]:
        kinds = "processed delivered deferred bounce dropped open click spam_report unsubscribe group_unsubscribe"
        return {
            "id": "sandbox",
            "enabled": self._config.webhook_url is not None,
            "url": self._config.webhook_url or "",
            "public_key": self._signer.public_key,
            **dict.fromkeys([*kinds.split(), "group_resubscribe"], True),
        }

    def _listed(self, kind: str) -> list[dict[str, Any]]:
        reason = _REASONS.get(kind)
        known = sorted(self._player.suppressed().items())
        return [{"created": 0, "email": address, "reason": why} for address, why in known if why == reason]


def _held(batch_id: str, status: str) -> dict[str, str]:
    return {"batch_id": batch_id, "status": status}


def _refused(status: int, message: str, field: str | None) -> Response:
    return JSONResponse({"errors": [{"message": message, "field": field, "help": None}]}, status)
