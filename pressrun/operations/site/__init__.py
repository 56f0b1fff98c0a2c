"""The web version: each submitted issue as a page that knows nobody, an index, and two feeds; files, no server."""

from pressrun.operations.site.edition import edition
from pressrun.operations.site.publishing import Published, announce, open_page, page_of, publish, publish_one

__all__ = ["Published", "announce", "edition", "open_page", "page_of", "publish", "publish_one"]
