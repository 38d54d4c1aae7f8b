"""Who may use a route, as types of parameters: `who: Searcher` declares the permission and gives the principal."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from jianwei.desk.roles import Principal
from jianwei.web.guards import Guard, Open

Anybody = Annotated[Principal | None, Depends(Open())]
AnyBrowser = Annotated[Principal | None, Depends(Open(counts=False))]
Member = Annotated[Principal, Depends(Guard("own"))]
Searcher = Annotated[Principal, Depends(Guard("search"))]
Viewer = Annotated[Principal, Depends(Guard("view"))]
Exporter = Annotated[Principal, Depends(Guard("export"))]
Reviewer = Annotated[Principal, Depends(Guard("review"))]
Ingester = Annotated[Principal, Depends(Guard("ingest"))]
Uploader = Annotated[Principal, Depends(Guard("ingest", reads_form=False))]
SweepUploader = Annotated[Principal, Depends(Guard("export", reads_form=False))]
Watcher = Annotated[Principal, Depends(Guard("watch"))]
Auditor = Annotated[Principal, Depends(Guard("audit"))]
Administrator = Annotated[Principal, Depends(Guard("accounts"))]
Operator = Annotated[Principal, Depends(Guard("operate"))]
