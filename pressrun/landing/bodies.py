"""Read the JSON of a webhook body, so that one broken string does not hide the events beside it."""

import json
from typing import Any

import orjson


def json_of(body: bytes) -> Any:
    """Read a body as JSON; broken UTF-8 and half surrogates become replacement characters.

    Mail servers' answers come in any encoding, and are quoted in events.

    Raises:
        ValueError: It is no JSON, or nested too deep to be an event.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in str(error):
            raise
    try:
        return orjson.loads(json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
