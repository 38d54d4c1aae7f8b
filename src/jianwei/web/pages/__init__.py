"""The pages that people work in, rendered on the server."""

from jianwei.web.pages import administration, entrance, home, ingest, listing, own, reviewing, risk, search, watches

ROUTERS = (
    home.ROUTER,
    entrance.ROUTER,
    search.ROUTER,
    listing.ROUTER,
    ingest.ROUTER,
    own.ROUTER,
    reviewing.ROUTER,
    risk.ROUTER,
    watches.ROUTER,
    administration.ROUTER,
)

__all__ = ["ROUTERS"]
