"""The lake: what we know. The only part of Pressrun that knows DuckDB."""

from pressrun.warehouse.lake import Lake, connect, open_lake, read_lake

__all__ = ["Lake", "connect", "open_lake", "read_lake"]
