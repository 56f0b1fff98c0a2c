"""The receiver's endpoints: a 2xx means that it would survive a crash.

Events are verified and landed as they came; nobody parses them here. Only POST unsubscribes: scanners follow
every link of a mail with GET and HEAD. Neither ledger nor lake is needed.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressrun.audiences.tokens import recipient_of
from pressrun.landing import Beat, ConsentAction, Landing, WebhookPost, encode_beat, encode_consent, encode_post
from pressrun.receiver import pages
from pressrun.receiver.bodies import BadPackingError, TooLargeError, read_body
from pressrun.receiver.counters import Counters
from pressrun.receiver.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine, load_key
from pressrun.settings import Settings

log = structlog.get_logger("pressrun.receiver")

Clock = Callable[[], datetime]
#: Well below the pause that counts as a gap.
_BEAT_SECONDS = 30.0
#: Refusals are noted this often at most, so that nobody fills the disk with them.
_REFUSAL_NOTED = timedelta(seconds=10)
_PRIVATE = {
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'",
}


def _now() -> datetime:
    return datetime.now(UTC)


class Receiver:
    """One receiver and its endpoints."""

    def __init__(self, settings: Settings, clock: Clock = _now) -> None:
        for key in settings.webhook_public_keys:
            load_key(key)  # a key that cannot be used is told at the start, not at the first event
        settings.private_home()
        self._landing = Landing(settings.landing_dir)
        self._webhook_keys = settings.webhook_public_keys
        self._token_keys = [settings.signing_key]
        self._clock = clock
        self._counters = Counters()
        self._refused_at = datetime.min.replace(tzinfo=UTC)
        #: What the next beat says: after a start, that nobody was there before.
        self._to_note = "started"

    def routes(self) -> list[Route]:
        """Give all endpoints."""
        return [
            Route("/webhooks/sendgrid", self.webhook, methods=["POST"]),
            Route("/u/{token}", self.unsubscribe_page, methods=["GET", "HEAD"]),
            Route("/u/{token}", self.unsubscribe, methods=["POST"]),
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
        ]

    async def beat(self) -> None:
        """Note every half minute that it is there, so that a gap can be told from silence."""
        while True:
            await self._note(self._clock())
            await asyncio.sleep(_BEAT_SECONDS)

    async def webhook(self, request: Request) -> Response:
        """Land one signed post of events; a refusal is noted, since events may be late or lost by it."""
        answer = await self._webhook(request)
        now = self._clock()
        if answer.status_code >= 300 and now - self._refused_at >= _REFUSAL_NOTED:
            self._refused_at = now
            self._to_note = "refused"
            await self._note(now)
        return answer

    async def _note(self, now: datetime) -> None:
        """Land what is to be noted; what cannot land now (the disk is full) is noted with the next beat."""
        if await self._land("receiver", encode_beat(Beat(at=now, what=self._to_note)), now):
            self._to_note = "alive"

    async def _webhook(self, request: Request) -> Response:
        if not self._webhook_keys:
            return self._refuse("webhook", "no_key", 503, "SENDGRID_WEBHOOK_PUBLIC_KEY is not set.")
        try:
            body = await read_body(request)
        except TooLargeError:
            return self._refuse("webhook", "too_large", 413, "The body is too large.")
        except BadPackingError:
            return self._refuse("webhook", "bad_packing", 400, "The body cannot be unpacked.")
        except ClientDisconnect:
            return self._refuse("webhook", "gone", 400, "The client went away.")
        now = self._clock()
        headers = request.headers
        signature, timestamp = headers.get(SIGNATURE_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
        if not is_genuine(body, signature, timestamp, self._webhook_keys, now):
            return self._refuse("webhook", "bad_signature", 403, "The signature does not verify.")
        post = WebhookPost(body=body, received_at=now)
        if not await self._land("events", encode_post(post), now):
            return self._refuse("webhook", "not_landed", 503, "It could not be kept; send it again.")
        self._counters.add("webhook", "landed")
        return PlainTextResponse("ok")

    async def unsubscribe_page(self, request: Request) -> Response:
        """Show the page; nothing changes by looking at it."""
        known = self._recipient(request) is not None
        return HTMLResponse(pages.ask() if known else pages.unknown(), 200 if known else 404)

    async def unsubscribe(self, request: Request) -> Response:
        """Unsubscribe by one POST (RFC 8058): no cookie, no login, no second question."""
        recipient_id = self._recipient(request)
        if recipient_id is None:
            self._counters.add("unsubscribe", "unknown")
            return HTMLResponse(pages.unknown(), 404)
        try:
            source = "one-click" if b"One-Click" in await read_body(request, 10_000) else "page"
        except (TooLargeError, BadPackingError, ClientDisconnect):
            source = "one-click"
        now = self._clock()
        action = ConsentAction(
            action_id=uuid.uuid4().hex, action="unsubscribe", recipient_id=recipient_id, source=source, acted_at=now
        )
        if not await self._land("consent", encode_consent(action), now):
            self._counters.add("unsubscribe", "not_landed")
            return HTMLResponse(pages.not_now(), 503)
        self._counters.add("unsubscribe", "landed")
        return HTMLResponse(pages.done())

    async def health(self, request: Request) -> Response:
        """Say that it is up."""
        return PlainTextResponse("ok")

    async def metrics(self, request: Request) -> Response:
        """Give the counts."""
        return PlainTextResponse(self._counters.text(), media_type="text/plain; version=0.0.4")

    def _recipient(self, request: Request) -> str | None:
        return recipient_of(request.path_params["token"], self._token_keys)

    async def _land(self, stream: str, line: bytes, now: datetime) -> bool:
        """Make one line durable, away from the loop that answers others."""
        try:
            await asyncio.to_thread(self._landing.append, stream, line, at=now)  # type: ignore[arg-type]
        except OSError as error:
            log.error("not landed", stream=stream, error=error.strerror)
            return False
        return True

    def _refuse(self, what: str, outcome: str, status: int, said: str) -> Response:
        self._counters.add(what, outcome)
        log.warning("refused", what=what, outcome=outcome)
        return PlainTextResponse(said, status)


class PrivateAnswers:
    """Add the headers that keep answers out of caches, indexes and referrers to every one of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _PRIVATE.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self._app(scope, receive, send_private if scope["type"] == "http" else send)


def build_app(settings: Settings, clock: Clock = _now) -> ASGIApp:
    """Make the receiver's application.

    Raises:
        InputError: The webhook's key cannot be used.
    """
    # outside of Starlette, whose answer to an error of ours passes by all of its own middleware
    receiver = Receiver(settings, clock)

    @asynccontextmanager
    async def beating(_: Starlette) -> AsyncIterator[None]:
        heart = asyncio.create_task(receiver.beat())
        yield
        heart.cancel()

    return PrivateAnswers(Starlette(routes=receiver.routes(), lifespan=beating))


def serve(settings: Settings, port: int) -> None:
    """Run the receiver on loopback until it is told to end; put a TLS proxy before it."""
    config = uvicorn.Config(
        build_app(settings), host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="on"
    )
    uvicorn.Server(config).run()
