"""How one sandbox is set up."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxConfig:
    """Everything a sandbox must be told."""

    port: int
    #: Its own folder: accept log, kept bodies, keys.
    data_dir: Path
    #: Where events are posted; None keeps it from playing readers.
    webhook_url: str | None = None
    #: A fault script: a JSON list of rules.
    faults: Path | None = None
    seed: int = 7
    #: The only key it takes; None takes any.
    api_key: str | None = None
    #: How many whole requests are kept for the pages.
    keep_bodies: int = 200
