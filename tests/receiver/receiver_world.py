"""A receiver with its own folder, clock and signing key, for tests."""

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pressrun.landing import LandedLine, Landing, decode_post
from pressrun.landing.store import Stream
from pressrun.receiver import build_app
from pressrun.receiver.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from pressrun.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEBHOOK = "/webhooks/sendgrid"


@dataclass(frozen=True, slots=True)
class Signer:
    """Sign bodies as SendGrid does, with a key made for the test."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> str:
        """Give the key as SendGrid shows it."""
        shown = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(shown).decode()

    def headers(self, body: bytes, stamp: str | None = None) -> dict[str, str]:
        """Give the headers that go with a body."""
        stamp = stamp or str(int(NOW.timestamp()))
        signature = self.private.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: stamp}


class World:
    """One receiver and the folder it lands in."""

    def __init__(self, home: Path, *keys: str, now: datetime = NOW) -> None:
        self.settings = Settings(home=home, sendgrid_webhook_public_key=",".join(keys), _env_file=None)
        self._app = build_app(self.settings, lambda: now)

    def ask(
        self, method: str, path: str, *, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Send one request to the receiver in this process."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://receiver.test") as client:
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(send())

    def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Post to the webhook."""
        return self.ask("POST", WEBHOOK, content=body, headers=headers)

    def landed(self, stream: Stream = "events") -> list[LandedLine]:
        """Give what is in the landing zone."""
        return list(Landing(self.settings.landing_dir).lines(stream, {}))

    def bodies(self) -> list[bytes]:
        """Give the landed bodies."""
        return [decode_post(line.content).body for line in self.landed()]
