"""The sandbox: our stand-in for SendGrid. It imports nothing else of Pressrun, so that it can bear witness.

It takes what SendGrid takes, refuses what SendGrid refuses, writes down durably what it accepted, shows the
mails, and plays readers. What it accepted is the truth of every test of delivery.
"""

from pressrun.sandbox.config import SandboxConfig
from pressrun.sandbox.service import build_app, serve

__all__ = ["SandboxConfig", "build_app", "serve"]
