"""Engagement: landed bytes become typed events, counted once."""

from pressrun.engagement.ingest import IngestSummary, ingest
from pressrun.engagement.parse import Event, Ignored, Unreadable, parse, parse_body

__all__ = ["Event", "Ignored", "IngestSummary", "Unreadable", "ingest", "parse", "parse_body"]
