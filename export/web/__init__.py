"""Models in the visitor's browser: the folder that is written, and its server."""

from export.web.serving import server
from export.web.site import PAGE, Exhibit, check_exhibit, write

__all__ = ["PAGE", "Exhibit", "check_exhibit", "server", "write"]
