"""Put the sandbox together: SendGrid's paths below /v3, its own below /sandbox."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from pressrun.sandbox import pages
from pressrun.sandbox.account import Account
from pressrun.sandbox.answers import MailSend, Transports
from pressrun.sandbox.config import SandboxConfig
from pressrun.sandbox.faults import Faults
from pressrun.sandbox.log import Accepted, AcceptLog
from pressrun.sandbox.mails import mail_of
from pressrun.sandbox.play import Player
from pressrun.sandbox.signing import Signer


class Sandbox:
    """One sandbox and its endpoints."""

    def __init__(self, config: SandboxConfig) -> None:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        rules = json.loads(config.faults.read_text()) if config.faults else []
        self._config = config
        self.transports = Transports()
        self._log = AcceptLog(config.data_dir, config.keep_bodies)
        self._signer = Signer(config.data_dir)
        self._faults = Faults(rules, config.seed)
        self._player = Player(config, self._log, self._signer, self._faults)
        self._account = Account(config, self._player, self._signer)
        self._mail_send = MailSend(self._log, self.transports, config.api_key)

    def close(self) -> None:
        """Let go of the files."""
        self._log.close()

    def routes(self) -> list[Route]:
        """Give all endpoints."""
        return [
            Route("/", self.home),
            Route("/v3/mail/send", self.mail_send, methods=["POST"]),
            *self._account.routes(),
            Route("/sandbox/", self.overview),
            Route("/sandbox/search", self.search),
            Route("/sandbox/requests/{number:int}", self.request_page),
            Route("/sandbox/mails/{number:int}/{index:int}.html", self.mail_html),
            Route("/sandbox/mails/{number:int}/{index:int}", self.mail_page),
            Route("/sandbox/api/summary", self.summary),
            Route("/sandbox/webhook-key", self.webhook_key),
            Route("/sandbox/faults", self.faults, methods=["PUT"]),
            Route("/sandbox/play", self.play, methods=["POST"]),
        ]

    async def home(self, request: Request) -> Response:
        """Lead to the pages."""
        return RedirectResponse("/sandbox/")

    async def mail_send(self, request: Request) -> Response:
        """Take a mail, or do what the fault script says."""
        number = self._log.next_number()
        return await self._mail_send.answer(request, self._faults.of_answer(number), number)

    async def overview(self, request: Request) -> Response:
        """Show what was accepted."""
        page = _page_of(request)
        lines, more = await asyncio.to_thread(self._newest, page)
        return HTMLResponse(pages.overview(self._log.summary(), lines, page=page, more=more))

    async def request_page(self, request: Request) -> Response:
        """Show one request."""
        number = request.path_params["number"]
        line = self._find(lambda one: one.n == number)
        if line is None:
            return HTMLResponse(pages.not_found(f"No request {number} was accepted."), 404)
        kept = self._log.body_of(number) is not None
        return HTMLResponse(pages.request_page(line, page=_page_of(request), kept=kept))

    async def mail_page(self, request: Request) -> Response:
        """Show one mail."""
        number, index = request.path_params["number"], request.path_params["index"]
        body = self._log.body_of(number)
        mail = mail_of(body, index) if body else None
        if body is None or mail is None:
            return HTMLResponse(pages.not_found("That mail is not kept; only the latest requests are."), 404)
        return HTMLResponse(pages.mail_page(number, index, mail, body["personalizations"][index]))

    async def mail_html(self, request: Request) -> Response:
        """Give the HTML of one mail, for a frame that may do nothing."""
        body = self._log.body_of(request.path_params["number"])
        mail = mail_of(body, request.path_params["index"]) if body else None
        if mail is None:
            return HTMLResponse(pages.not_found("That mail is not kept."), 404)
        policy = "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; sandbox"
        return HTMLResponse(mail.html, headers={"Content-Security-Policy": policy})

    async def search(self, request: Request) -> Response:
        """Find where an address was mailed."""
        address = request.query_params.get("email", "").strip().lower()
        found = await asyncio.to_thread(self._mails_to, address)
        return HTMLResponse(pages.found_page(address, found))

    async def summary(self, request: Request) -> Response:
        """Count what was accepted."""
        return JSONResponse(await asyncio.to_thread(self._log.summary))

    async def webhook_key(self, request: Request) -> Response:
        """Give the public key that events are signed with."""
        return JSONResponse({"public_key": self._signer.public_key})

    async def faults(self, request: Request) -> Response:
        """Put another fault script in force."""
        try:
            self._faults.replace(await request.json())
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"ok": True})

    async def play(self, request: Request) -> Response:
        """Play a day of readers."""
        try:
            wanted = json.loads(await request.body() or b"{}")
            if not isinstance(wanted, dict):
                raise TypeError("what to play is told as an object")
            return JSONResponse(await self._player.play(wanted))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    def _newest(self, page: int) -> tuple[list[Accepted], bool]:
        lines = list(self._log.accepted())[::-1]
        start = (page - 1) * pages.PER_PAGE
        return lines[start : start + pages.PER_PAGE], start + pages.PER_PAGE < len(lines)

    def _find(self, wanted: Callable[[Accepted], bool]) -> Accepted | None:
        return next((line for line in self._log.accepted() if wanted(line)), None)

    def _mails_to(self, address: str) -> list[tuple[int, int, str]]:
        hits = (
            (line.n, at, line.issue)
            for line in self._log.accepted()
            for at, one in enumerate(line.recipients)
            if one["email"].lower() == address
        )
        return list(itertools.islice(hits, pages.PER_PAGE))


def build_app(config: SandboxConfig) -> Starlette:
    """Make the sandbox's application; faults of the connection need `serve`."""
    return Starlette(routes=Sandbox(config).routes())


def serve(config: SandboxConfig) -> None:
    """Run the sandbox on loopback until it is told to end."""
    sandbox = Sandbox(config)
    app = Starlette(routes=sandbox.routes())
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=config.port,
            http=_protocol(sandbox.transports),
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    try:
        server.run()
    finally:
        sandbox.close()


def _protocol(transports: Transports) -> type[H11Protocol]:
    """Make an HTTP protocol that lets the fault script reach the socket below a request."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            transports.opened(transport)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.closed(self.transport)
            super().connection_lost(exc)

    return Protocol


def _page_of(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() else 1
