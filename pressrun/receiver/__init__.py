"""The receiver: takes events and unsubscribes into the landing zone, and needs nothing else to be up."""

from pressrun.receiver.service import build_app, serve

__all__ = ["build_app", "serve"]
