"""The landing zone: what arrived, byte for byte, durable before anything reads it."""

from pressrun.landing.bodies import json_of
from pressrun.landing.records import (
    Beat,
    ConsentAction,
    WebhookPost,
    decode_beat,
    decode_consent,
    decode_post,
    encode_beat,
    encode_consent,
    encode_post,
)
from pressrun.landing.store import LandedLine, Landing

__all__ = [
    "Beat",
    "ConsentAction",
    "LandedLine",
    "Landing",
    "WebhookPost",
    "decode_beat",
    "decode_consent",
    "decode_post",
    "encode_beat",
    "encode_consent",
    "encode_post",
    "json_of",
]
