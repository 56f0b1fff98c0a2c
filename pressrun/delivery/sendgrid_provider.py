"""Post through the official `sendgrid` package, with its traps closed.

Left to itself the package waits for ever, follows redirects (a POST becomes a GET that looks like success),
obeys proxy variables, reads the body before one can see the status, and takes half a status line for an
answer. Each of these is closed here, at the two seams its HTTP client offers: `_build_client` and
`_make_request`.
Facts: shared notes on sendgrid 6.12.5 and python-http-client 3.3.7, checked against their sources.
"""

import http.client
import json
import logging
import re
import ssl
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import python_http_client
import sendgrid
from pydantic import SecretStr

from pressrun.crash_points import reach
from pressrun.delivery.provider import Answer
from pressrun.errors import InputError

CONNECT_SECONDS = 10.0
WRITE_SECONDS = 60.0
#: A short wait for the answer makes doubt, so it is long.
READ_SECONDS = 120.0
#: SendGrid takes 30 MB with attachments; JSON size is not MIME size, so keep a margin.
MAX_BYTES = 20_000_000
#: A key of other characters would end up, quoted, in the error of the HTTP client.
_KEY = re.compile(r"[!-~]+")
#: Keeps the package from turning the body into JSON once more; `application/json` is what travels.
_ENCODED_ALREADY = "application/json; charset=utf-8"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

# At DEBUG the package's client prints the key and every address.
logging.getLogger("python_http_client").setLevel(logging.WARNING)


class RequestTooLargeError(Exception):
    """The body is over the limit; nothing was posted, and the batch can be split."""


class SendGridProvider:
    """SendGrid's mail/send; safe to use from several threads, since nothing is shared between posts."""

    supports_idempotency = False

    def __init__(self, api_key: SecretStr | None, host: str, *, read_seconds: float = READ_SECONDS) -> None:
        if api_key is None or not api_key.get_secret_value().strip():
            raise InputError("SENDGRID_API_KEY is not set. Nothing was submitted; put it into .env.")
        if not _KEY.fullmatch(api_key.get_secret_value().strip()):
            raise InputError("SENDGRID_API_KEY holds blanks or characters that no key has; copy it again.")
        parts = urlsplit(host)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise InputError(f"SENDGRID_API_HOST must begin with https:// (or be on this machine): {host}")
        self._api_key = SecretStr(api_key.get_secret_value().strip())
        self._host = host.rstrip("/")
        self._read_seconds = read_seconds

    def post(self, request: bytes, before_first_byte: Callable[[], None]) -> Answer:
        """Post one batch; see `Provider.post`.

        Raises:
            RequestTooLargeError: The body is over the limit; no connection was made.
        """
        if len(request) > MAX_BYTES:
            raise RequestTooLargeError(f"{len(request):,} bytes")
        return self._ask(_Exchange(request, before_first_byte, self._read_seconds), ("mail", "send"), "post")

    def open_fence(self) -> str | None:
        """Get a batch id (`POST /mail/batch`); None if SendGrid gives none."""
        answer = self._ask(_Exchange(b"", _nothing, self._read_seconds), ("mail", "batch"), "post")
        try:
            return str(json.loads(answer.body)["batch_id"]) if answer.status == 201 else None
        except (ValueError, KeyError, TypeError):
            return None

    def cancel(self, fence_id: str) -> bool:
        """Cancel a scheduled batch, and read back that it is (`/user/scheduled_sends`).

        SendGrid holds at most 10 cancelled batches at once, and takes none less than 10 minutes before its time;
        lifting a cancel before that time would let the mails go.
        """
        content = json.dumps({"batch_id": fence_id, "status": "cancel"}).encode()
        path = ("user", "scheduled_sends")
        self._ask(_Exchange(content, _nothing, self._read_seconds), path, "post")
        # its answer may be lost as well: only what can be read back counts
        held = self._ask(_Exchange(b"", _nothing, self._read_seconds), (*path, fence_id), "get")
        try:
            return held.status == 200 and any(one["status"] == "cancel" for one in json.loads(held.body))
        except (ValueError, KeyError, TypeError):
            return False

    def suppress(self, group: int, addresses: Sequence[str]) -> int | None:
        """Put addresses on the list of an unsubscribe group (`POST /asm/groups/{id}/suppressions`).

        Without a group the same call would mean every mail of the account, password resets included.
        """
        content = json.dumps({"recipient_emails": list(addresses)}).encode()
        path = ("asm", "groups", str(group), "suppressions")
        return self._ask(_Exchange(content, _nothing, self._read_seconds), path, "post").status

    def webhooks(self) -> list[Mapping[str, Any]] | str:
        """List the account's event webhooks (`GET /user/webhooks/event/settings/all`), or say why it cannot be told."""
        path = ("user", "webhooks", "event", "settings", "all")
        answer = self._ask(_Exchange(b"", _nothing, CONNECT_SECONDS), path, "get")
        if answer.status == 403:
            return "the key needs the permission user.webhooks.event.settings.read"
        if answer.status != 200:
            return f"status {answer.status}" if answer.status else answer.error
        try:
            return [dict(one) for one in json.loads(answer.body)["webhooks"]]
        except (ValueError, KeyError, TypeError):
            return "its answer cannot be read"

    def _ask(self, exchange: "_Exchange", path: tuple[str, ...], method: str) -> Answer:
        """Make one request through the package, and tell what is known of it."""
        client = _Api(self._api_key.get_secret_value(), self._host, exchange).client
        for name in path:
            client = client._(name)
        body = {"request_body": _Encoded()} if exchange.content else {}
        try:
            response = getattr(client, method)(**body)
        except (OSError, http.client.HTTPException) as error:
            exchange.error = _name_of(error)
        else:
            exchange.body = response.body
            reach("answer.body_read")
        finally:
            exchange.close()
        return exchange.answer()


def _nothing() -> None:
    """Be asked before the first byte of a request that mails nobody."""


class _Encoded:
    """Stands for a body that is bytes already; the real one takes its place in `_make_request`.

    The package asks a body of another type than JSON to encode itself, and formats it into a message for its log
    whether or not anybody logs: 6 ms for a full batch (measured).
    """

    def encode(self, _: str) -> bytes:
        return b"{}"


class _Exchange:
    """What is known of one POST while it goes on."""

    def __init__(self, content: bytes, before_first_byte: Callable[[], None], read_seconds: float) -> None:
        self.content = content
        self.before_first_byte = before_first_byte
        self.read_seconds = read_seconds
        self.left = False
        self.response: _StrictResponse | None = None
        self.body = b""
        self.error = ""

    def close(self) -> None:
        """Give the socket back at once; an answer that was cut short would keep it."""
        if self.response is not None:
            self.response.close()

    def answer(self) -> Answer:
        known = self.response
        if known is None or not known.status_complete:
            return Answer(left=self.left, error=self.error or "no complete status line")
        return Answer(
            left=True,
            status=known.status,
            headers={name.lower(): value for name, value in known.headers.items()},
            headers_complete=known.headers_complete,
            body=self.body,
            error=self.error,
        )


class _Api(sendgrid.SendGridAPIClient):  # type: ignore[misc]  # the package has no types
    """SendGrid's client with our transport under it and headers of its own."""

    def __init__(self, api_key: str, host: str, exchange: _Exchange) -> None:
        super().__init__(api_key=api_key, host=host)
        headers = {**self._default_headers, "Content-Type": _ENCODED_ALREADY}
        self.client = _Client(host=host, request_headers=headers, version=3)
        self.client.exchange = exchange


class _Client(python_http_client.Client):  # type: ignore[misc]  # the package has no types
    exchange: _Exchange

    def _build_client(self, name: str | None = None) -> "_Client":
        child = _Client(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
        )
        child.exchange = self.exchange
        return child

    def _make_request(self, opener: object, request: urllib.request.Request, timeout: float | None = None) -> Any:
        """Open with handlers of our own: no proxies, no redirects, no status turned into an exception."""
        if self.exchange.content:
            request.add_header("Content-Type", "application/json")
            request.data = self.exchange.content
        ours = urllib.request.OpenerDirector()
        ours.add_handler(_HttpHandler(self.exchange))
        ours.add_handler(_HttpsHandler(self.exchange))
        return ours.open(request, timeout=CONNECT_SECONDS)


class _HttpHandler(urllib.request.HTTPHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_HttpConnection, self._exchange), req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def __init__(self, exchange: _Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connection = partial(_HttpsConnection, self._exchange, context=ssl.create_default_context())
        return self.do_open(connection, req)


class _StrictResponse(http.client.HTTPResponse):
    """Know whether status line and headers were read to their end; the base class takes what it gets."""

    status_complete = False
    headers_complete = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._noted = _NotingFile(self.fp)
        self.fp = self._noted  # type: ignore[assignment]

    def begin(self) -> None:
        super().begin()
        self.headers_complete = self._noted.last in (b"\r\n", b"\n")

    def _read_status(self) -> tuple[str, int, str]:
        found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        self.status_complete = self._noted.last.endswith(b"\n")
        if not self.status_complete:
            raise http.client.BadStatusLine("the status line was cut short")
        return found


class _NotingFile:
    """Pass everything on to the socket's file, and remember the last line read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self._file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _HttpConnection(http.client.HTTPConnection):
    response_class = _StrictResponse

    def __init__(self, exchange: _Exchange, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange = exchange

    def connect(self) -> None:
        super().connect()
        _go_on_the_wire(self, self._exchange)

    def send(self, data: Any) -> None:
        _send_watched(super().send, data)

    def getresponse(self) -> http.client.HTTPResponse:
        return _note_response(self, self._exchange, super().getresponse)


class _HttpsConnection(http.client.HTTPSConnection):
    response_class = _StrictResponse

    def __init__(self, exchange: _Exchange, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._exchange = exchange

    def connect(self) -> None:
        super().connect()
        _go_on_the_wire(self, self._exchange)

    def send(self, data: Any) -> None:
        _send_watched(super().send, data)

    def getresponse(self) -> http.client.HTTPResponse:
        return _note_response(self, self._exchange, super().getresponse)


def _go_on_the_wire(connection: http.client.HTTPConnection, exchange: _Exchange) -> None:
    """Ask one last time, now that only the first byte is missing."""
    connection.sock.settimeout(WRITE_SECONDS)
    exchange.before_first_byte()
    exchange.left = True


def _send_watched(send: Callable[[Any], None], data: Any) -> None:
    """Send headers or body; in two halves, so that a test can end the process in the middle of a body."""
    content = memoryview(data)
    middle = len(content) // 2
    reach("post.first_byte")
    send(content[:middle])
    reach("post.middle")
    send(content[middle:])
    reach("post.last_byte")


def _note_response(
    connection: http.client.HTTPConnection,
    exchange: _Exchange,
    get: Callable[[], http.client.HTTPResponse],
) -> http.client.HTTPResponse:
    connection.sock.settimeout(exchange.read_seconds)
    response = get()
    reach("answer.headers_read")
    if isinstance(response, _StrictResponse):
        exchange.response = response
    return response


def _name_of(error: BaseException) -> str:
    """Name what broke without repeating the request; urllib hides the cause one level down."""
    reason = getattr(error, "reason", error)
    return f"{type(reason).__name__}: {reason}"[:200]
