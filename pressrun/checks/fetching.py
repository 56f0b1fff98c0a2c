"""Ask whether an address answers, without ever opening a connection to a private network.

A name is resolved once, every address it has is checked, and the connection goes to the address that was checked, so
that a name which changes its mind in between gains nothing; each redirect is checked again. No proxy. A cookie is
given back to the host that set it, while one address is followed, and then forgotten.
"""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx

from pressrun.checks.public_addresses import Address, is_public

#: What became of an address.
State = Literal["there", "dead", "unreachable", "tls", "private", "loop", "unsure"]
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Sites that refuse programs answer so to a page that people can read.
_UNSURE = frozenset({401, 402, 403, 407, 429, 451, 999})
_HEADERS = {"user-agent": "Pressrun link check", "accept": "*/*", "accept-encoding": "identity"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one address answered."""

    state: State
    #: HTTP status; 0 without an answer.
    status: int = 0
    #: Why, for a person.
    said: str = ""
    #: How many redirects were followed, and where they ended.
    redirects: int = 0
    end: str = ""
    #: Of the last answer.
    content_type: str = ""
    #: Bytes, as the server says; 0: it does not.
    length: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How far a check goes."""

    #: Seconds for one address, redirects included, and for a HEAD before GET is tried.
    seconds: float = 10.0
    head_seconds: float = 4.0
    redirects: int = 10
    ports: frozenset[int] = frozenset({80, 443})
    at_once: int = 32
    #: Tells which addresses may be connected to.
    allowed: Callable[[Address], bool] = is_public
    #: None: certificates of public authorities.
    certificates: ssl.SSLContext | None = field(default=None, repr=False)


#: One cookie of an answer: its name and value.
_COOKIE = re.compile(r"\s*([^\s=;,]+)=([^\s;,]*)")
#: A page by itself, of which there are several; and one that nobody asked to be compared.
_PAGES = frozenset({300, 304})


class _Walk:
    """The way from one address to where it ends: cookies by host, and where it has been."""

    def __init__(self, methods: Sequence[str]) -> None:
        #: How to ask, one after the other, until an answer tells something.
        self.methods = methods
        self.seen: list[tuple[str, str]] = []
        self._cookies: dict[str, dict[str, str]] = {}

    def cookies(self, host: str) -> str:
        """Give what a host wants to hear again, as a header."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.get(host, {}).items())

    def take(self, host: str, response: httpx.Response) -> None:
        """Remember what a host set."""
        for header in response.headers.get_list("set-cookie"):
            if found := _COOKIE.match(header):
                self._cookies.setdefault(host, {})[found[1]] = found[2]

    def is_new(self, url: str) -> bool:
        """Note where it is, and tell whether it was not here before as the same guest."""
        here = (url, self.cookies(urlsplit(url).hostname or ""))
        is_new = here not in self.seen
        self.seen.append(here)
        return is_new


class _PrivateError(Exception):
    """An address, or one on the way, is not public."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system for all addresses of a name.

    Raises:
        OSError: There is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


class Fetcher:
    """Ask for addresses, some at once; to be used as an async context."""

    def __init__(self, limits: Limits | None = None, lookup: Resolve = resolve) -> None:
        self._limits = limits or Limits()
        self._lookup = lookup
        self._turn = asyncio.Semaphore(self._limits.at_once)
        self._client = httpx.AsyncClient(
            verify=self._limits.certificates or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            headers=_HEADERS,
            # addresses stand for names here, so what is kept by address would reach other sites at it
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=self._limits.seconds,
            limits=httpx.Limits(max_connections=self._limits.at_once, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, url: str) -> Answer:
        """Say what becomes of one address; never raises on account of what is out there."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    answer = await self._follow(url, _Walk(("HEAD", "GET")))
                    # some sites send those who ask with HEAD somewhere else
                    is_odd = answer.state in ("dead", "loop") and answer.redirects
                    return await self._follow(url, _Walk(("GET",))) if is_odd else answer
            except TimeoutError:
                return Answer(state="unreachable", said=f"no answer within {self._limits.seconds:g} seconds")
            except _PrivateError as reason:
                return Answer(state="private", said=str(reason))
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as problem:
                return _failed(problem)

    async def _follow(self, url: str, walk: _Walk) -> Answer:
        said = f"it redirects more than {self._limits.redirects} times"
        while len(walk.seen) <= self._limits.redirects:
            if not walk.is_new(url):
                said = "it redirects in a circle"
                break
            response = await self._answer(url, walk)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target:
                return _judged(response, redirects=len(walk.seen) - 1, end=url)
            url = urljoin(url, target)
            if not url.lower().startswith(("http://", "https://")):
                return Answer(state="dead", status=response.status_code, said=f"it redirects to {url[:80]}")
        return Answer(state="loop", said=said, redirects=len(walk.seen))

    async def _answer(self, url: str, walk: _Walk) -> httpx.Response:
        """Ask with HEAD, and with GET where that told nothing; many sites know only GET."""
        *before, last = walk.methods
        for method in before:
            try:
                async with asyncio.timeout(self._limits.head_seconds):
                    response = await self._request(method, url, walk)
            except (TimeoutError, httpx.RemoteProtocolError, httpx.ReadError):
                continue
            if response.status_code < 400:
                return response
        return await self._request(last, url, walk)

    async def _request(self, method: str, url: str, walk: _Walk) -> httpx.Response:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna" if not (parts.hostname or "").isascii() else "ascii").decode()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not host:
            raise ValueError("the address has no host")
        address = await self._checked(host, port)
        pinned = httpx.URL(url).copy_with(host=str(address), username=None, password=None)
        named = f"[{host}]" if ":" in host else host
        request = self._client.build_request(
            method,
            pinned,
            headers=_headers(named if parts.port is None else f"{named}:{port}", walk.cookies(host)),
            # the certificate must be of the name, whatever address it was asked at
            extensions={"sni_hostname": host},
        )
        # only what comes before the body is of interest, so no page is ever downloaded
        response = await self._client.send(request, stream=True)
        await response.aclose()
        walk.take(host, response)
        return response

    async def _checked(self, host: str, port: int) -> Address:
        """Give the address to connect to, if all addresses of the host are public."""
        if port not in self._limits.ports:
            raise _PrivateError(f"port {port} is none of the web")
        addresses = await self._lookup(host, port)
        if not addresses:
            raise OSError("the host has no address")
        if any(not self._limits.allowed(address) for address in addresses):
            raise _PrivateError(f"{host} is in a private network")
        return addresses[0]


def _headers(host: str, cookies: str) -> dict[str, str]:
    return {"host": host, **({"cookie": cookies} if cookies else {})}


def _judged(response: httpx.Response, *, redirects: int, end: str) -> Answer:
    status, headers = response.status_code, response.headers
    length = headers.get("content-length", "")
    state: State = "there"
    if status in _UNSURE:
        state = "unsure"
    elif status >= 500:
        state = "unreachable"
    elif status >= 300 and status not in _PAGES:
        state = "dead"
    return Answer(
        state=state,
        status=status,
        said="" if state == "there" else f"it answers {status}",
        redirects=redirects,
        end=end,
        content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        length=int(length) if length.isascii() and length.isdigit() else 0,
    )


def _failed(problem: Exception) -> Answer:
    if isinstance(problem, httpx.InvalidURL):
        return Answer(state="dead", said="it leads to something that is no address")
    if isinstance(problem, httpx.RemoteProtocolError):
        return Answer(state="unreachable", said="it hangs up, or answers what is no HTTP")
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Answer(state="tls", said=cause.verify_message or "its certificate is not valid")
        if isinstance(cause, ssl.SSLError):
            return Answer(state="tls", said="no encrypted connection can be made")
        if isinstance(cause, UnicodeError | ValueError):
            return Answer(state="unreachable", said="its host cannot be a name")
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, OSError):
        return Answer(state="unreachable", said="its host is not known")
    if isinstance(problem, httpx.TimeoutException):
        return Answer(state="unreachable", said="it does not answer in time")
    return Answer(state="unreachable", said=f"no connection ({type(problem).__name__})")
