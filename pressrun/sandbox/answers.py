"""Answer mail/send as SendGrid does, or break the connection as a fault script says.

The breaks are real: they act on the socket below the HTTP server, because what a client makes of a reset or of
half a status line is what the tests are about.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from pressrun.sandbox.faults import Rule
from pressrun.sandbox.log import Accepted, AcceptLog, now
from pressrun.sandbox.validate import MAX_BYTES, errors_of

_UNAUTHORIZED = "The provided authorization grant is invalid, expired, or revoked"
_NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center></body>\r\n</html>\r\n"
_REASONS = {413: "413 Request Entity Too Large", 502: "502 Bad Gateway", 504: "504 Gateway Time-out"}


class Broken(Response):
    """An answer that was never given: the connection is gone."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send nothing."""


class Transports:
    """The open connections, by the client's address; filled by the HTTP server below."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def opened(self, transport: asyncio.Transport) -> None:
        """Remember a connection."""
        self._open[transport.get_extra_info("peername")[:2]] = transport

    def closed(self, transport: asyncio.Transport) -> None:
        """Forget a connection."""
        self._open.pop(transport.get_extra_info("peername")[:2], None)

    def of(self, request: Request) -> asyncio.Transport:
        """Give the connection of a request."""
        client = request.client
        if client is None:
            raise RuntimeError("a request without a client")
        return self._open[(client.host, client.port)]


class MailSend:
    """The endpoint `POST /v3/mail/send`."""

    def __init__(self, log: AcceptLog, transports: Transports, api_key: str | None) -> None:
        self._log = log
        self._transports = transports
        self._api_key = api_key
        self._last_id = ""

    async def answer(self, request: Request, rule: Rule | None, number: int) -> Response:
        """Answer one request, or break it."""
        received_at = now()
        if rule is not None and rule.fault in ("refuse_connection", "reset_before_body"):
            return self._broken(request, number, rule.fault, reset=rule.fault == "reset_before_body")
        try:
            body = await self._body(request, rule)
        except ClientDisconnect:
            self._log.note(number, "client went away")
            return Broken()
        if body is None:
            return self._broken(request, number, "reset_mid_body", reset=True)
        return await self._answer_body(request, rule, number, body, received_at)

    async def _body(self, request: Request, rule: Rule | None) -> bytes | None:
        """Read the body; None if it is to be broken off half-way."""
        limit = int(rule.settings.get("bytes", 1000)) if rule and rule.fault == "reset_mid_body" else None
        read = bytearray()
        async for piece in request.stream():
            read += piece
            if limit is not None and len(read) >= limit:
                return None
        return bytes(read)

    async def _answer_body(
        self, request: Request, rule: Rule | None, number: int, body: bytes, received_at: str
    ) -> Response:
        fault = rule.fault if rule else ""
        if fault in ("drop", "drop_stall"):
            await asyncio.sleep(_seconds(rule) if fault == "drop_stall" else 0)
            return self._broken(request, number, fault, reset=False)
        refusal = self._refusal(request, rule, body)
        if refusal is not None:
            self._log.note(number, f"status {refusal.status_code}")
            return refusal
        content = orjson.loads(body)
        if rule is not None and fault == "status" and not rule.settings.get("accepted"):
            self._log.note(number, f"status {rule.settings['status']}", _attempt(content))
            return _status(rule)
        if (content.get("mail_settings") or {}).get("sandbox_mode", {}).get("enable") is True:
            self._log.note(number, "sandbox_mode")
            return Response(status_code=200)
        line = await asyncio.to_thread(self._log.accept, number, received_at, content, body)
        self._log.note(number, f"accepted {fault}".strip(), line.attempt)
        return await self._after_accepting(request, rule, line)

    async def _after_accepting(self, request: Request, rule: Rule | None, line: Accepted) -> Response:
        fault = rule.fault if rule else ""
        if fault in ("accept_close", "accept_reset"):
            return self._break(request, reset=fault == "accept_reset")
        if fault == "accept_stall":
            await asyncio.sleep(_seconds(rule))
            return self._break(request, reset=False)
        if fault == "accept_half_status":
            return self._break(request, reset=False, first=b"HTTP/1.1 202 Acc")
        if fault == "accept_body_cut":
            head = f"HTTP/1.1 202 Accepted\r\nX-Message-Id: {line.x_message_id}\r\nContent-Length: 100\r\n\r\n"
            return self._break(request, reset=False, first=head.encode() + b"half")
        if rule is not None and fault == "status":
            return _status(rule)
        if fault == "slow":
            await asyncio.sleep(_seconds(rule))
        return self._accepted(line, fault)

    def _accepted(self, line: Accepted, fault: str) -> Response:
        message_id = self._last_id if fault == "repeat_message_id" and self._last_id else line.x_message_id
        self._last_id = message_id
        headers = {} if fault == "no_message_id" else {"X-Message-Id": message_id}
        return Response(status_code=202, headers=headers)

    def _refusal(self, request: Request, rule: Rule | None, body: bytes) -> Response | None:
        """Give the refusal that a key, a limit, the fault script or the content asks for."""
        fault = rule.fault if rule else ""
        if fault == "rate_limit" and rule is not None:
            return _rate_limited(rule)
        if not self._is_authorized(request) or fault == "unauthorized":
            return _refused(401, [(_UNAUTHORIZED, None)])
        if fault == "credits":
            return _refused(401, [("Maximum credits exceeded", None)])
        if fault == "forbidden":
            return _refused(403, [("access forbidden", None)])
        if len(body) > MAX_BYTES:
            return HTMLResponse(_NGINX.format(_REASONS[413]), status_code=413)
        return _refused_content(body, rule)

    def _is_authorized(self, request: Request) -> bool:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or key.strip() in ("", "None"):
            return False
        return self._api_key is None or key.strip() == self._api_key

    def _broken(self, request: Request, number: int, fate: str, *, reset: bool) -> Response:
        self._log.note(number, fate)
        return self._break(request, reset=reset)

    def _break(self, request: Request, *, reset: bool, first: bytes = b"") -> Response:
        transport = self._transports.of(request)
        if first:
            transport.write(first)
        if reset:
            kept: socket.socket = transport.get_extra_info("socket")
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        return Broken()


def _refused_content(body: bytes, rule: Rule | None) -> Response | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _refused(415, [("Invalid UTF8 in request", None)])
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _refused(400, [("Bad Request", None)])
    found = errors_of(content)
    if not found and rule is not None and rule.fault == "bad_address":
        found = _bad_addresses(content, rule)
    return Response(orjson.dumps({"errors": found}), 400, media_type="application/json") if found else None


def _bad_addresses(content: Mapping[str, Any], rule: Rule) -> list[dict[str, str | None]]:
    """Refuse a request that holds certain addresses, naming them or (with `vague`) not."""
    bad = {str(address).lower() for address in rule.settings.get("addresses", ())}
    hit = [at for at, one in enumerate(content["personalizations"]) if one["to"][0]["email"].lower() in bad]
    if hit and rule.settings.get("vague"):
        return [{"message": "Bad Request", "field": None, "help": None}]
    return [
        {
            "message": "Does not contain a valid address.",
            "field": f"personalizations.{at}.to.0.email",
            "help": None,
        }
        for at in hit
    ]


def _refused(status: int, said: list[tuple[str, str | None]]) -> Response:
    errors = [{"message": message, "field": field, "help": None} for message, field in said]
    return Response(orjson.dumps({"errors": errors}), status, media_type="application/json")


def _rate_limited(rule: Rule) -> Response:
    answer = _refused(429, [("too many requests", None)])
    if rule.settings.get("headers", True):
        reset = int(time.time()) + int(rule.settings.get("seconds", 1))
        answer.headers["X-RateLimit-Limit"] = "500"
        answer.headers["X-RateLimit-Remaining"] = "0"
        answer.headers["X-RateLimit-Reset"] = str(reset)
    return answer


def _status(rule: Rule) -> Response:
    status = int(rule.settings["status"])
    reason = _REASONS.get(status, str(status))
    location = {"location": "/sandbox/"} if 300 <= status < 400 else None
    return HTMLResponse(_NGINX.format(reason), status_code=status, headers=location)


def _seconds(rule: Rule | None) -> float:
    return float(rule.settings.get("seconds", 600)) if rule else 0.0


def _attempt(content: Mapping[str, Any]) -> str:
    return str((content["personalizations"][0].get("custom_args") or {}).get("pr_attempt", ""))
