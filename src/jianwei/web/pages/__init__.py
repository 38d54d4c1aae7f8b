"""The pages that people work in, rendered on the server."""

from jianwei.web.pages import administration, entrance, home, ingest, listing, own, search

ROUTERS = (
    home.ROUTER,
    entrance.ROUTER,
    search.ROUTER,
    listing.ROUTER,
    ingest.ROUTER,
    own.ROUTER,
    administration.ROUTER,
)

__all__ = ["ROUTERS"]
