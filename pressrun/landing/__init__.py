"""The landing zone: what arrived, byte for byte, durable before anything reads it."""

from pressrun.landing.bodies import json_of
from pressrun.landing.records import (
    ConsentAction,
    WebhookPost,
    decode_consent,
    decode_post,
    encode_consent,
    encode_post,
)
from pressrun.landing.store import LandedLine, Landing

__all__ = [
    "ConsentAction",
    "LandedLine",
    "Landing",
    "WebhookPost",
    "decode_consent",
    "decode_post",
    "encode_consent",
    "encode_post",
    "json_of",
]
