"""Keep subscribers' data on the machine of their publisher, and words from outside as words."""

import ipaddress
import string

import streamlit as st

_ESCAPES = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation} | {"\n": " ", "\r": " "})


def stop_if_open_to_all(address: str) -> None:
    """Draw nothing on an address that others can reach: there is no login, and the pages name subscribers.

    Args:
        address: Where the server listens.
    """
    if is_loopback(address):
        return
    st.error(
        f"The dashboard names subscribers and has no login, so it works on 127.0.0.1 only, not on {as_text(address)}. "
        "Reach it from elsewhere through a tunnel: `ssh -L 8501:127.0.0.1:8501 HOST`.",
        icon="🔒",
    )
    st.stop()


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address; a server without one listens on all."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def as_text(words: str) -> str:
    """Give words of an issue or an event such that Markdown shows them letter by letter."""
    return words.translate(_ESCAPES)
