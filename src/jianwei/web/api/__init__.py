"""The HTTP API: version 1, the classic paths, and what operators ask for."""

from jianwei.web.api import (
    account,
    classic,
    exports,
    findings,
    groups,
    jobs,
    listings,
    operation,
    pictures,
    reviews,
    search,
    watches,
)

ROUTERS = (
    search.ROUTER,
    reviews.ROUTER,  # before the listings, whose ids may hold slashes
    listings.ROUTER,
    pictures.ROUTER,
    exports.ROUTER,
    findings.ROUTER,
    jobs.ROUTER,
    watches.ROUTER,
    groups.ROUTER,
    account.ROUTER,
    classic.ROUTER,
    operation.ROUTER,
)

__all__ = ["ROUTERS"]
