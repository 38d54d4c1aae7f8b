"""`SqlOpinions`: second opinions on the pictures of a catalog. It fulfils `ports.opinions.OpinionStore`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.catalog.findings import opinion_statements as statements
from jianwei.catalog.stored.rows import picture_from_row
from jianwei.catalog.stored.values import from_json, from_microseconds, now_us, to_json
from jianwei.ports.opinions import Claim, Rejection, StoredOpinion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.findings import RiskStatus
    from jianwei.ports.opinions import Opinion
    from jianwei.records import Picture


class SqlOpinionWriter:
    """Writes opinions within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._now_us = now_us()

    def put_opinion(self, picture_no: int, *, model_id: str, opinion: Opinion) -> None:
        """Store what a model said of a picture, in place of what it said before."""
        self._session.rows(statements.delete_opinion, picture_no, model_id)
        claims = [
            [claim.category, claim.quotes, claim.law, claim.article, claim.confidence, claim.reason]
            for claim in opinion.claims
        ]
        rejections = [[item.kind, item.value, item.category] for item in opinion.rejections]
        row = (picture_no, model_id, to_json(claims), to_json(rejections), self._now_us)
        self._session.rows(statements.insert_opinion, *row)


class SqlOpinions:
    """The opinions of a catalog. Safe to use from several threads."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog

    @contextmanager
    def writing_opinions(self) -> Iterator[SqlOpinionWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Raises:
            WriterLockedError: another process holds the writer lock; names it.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        with self._catalog.transaction() as session:
            yield SqlOpinionWriter(session)

    def opinions(self, picture_nos: Sequence[int]) -> dict[int, StoredOpinion]:
        """Return the newest opinion on each of the pictures that has one."""
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.opinions_of, sorted(set(picture_nos)))
        return {row[1]: _opinion(row) for row in rows}

    def pictures_without_opinion(
        self, model_id: str, statuses: Sequence[RiskStatus], after_no: int, limit: int
    ) -> list[Picture]:
        """Return pictures with picture_no > after_no that this model was not asked about, ascending, at most `limit`.

        Only those that a listing with one of the statuses shows.
        """
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.pictures_without_opinion, statuses, after_no, model_id, limit)
        return [picture_from_row(row) for row in rows]

    def missing_opinions(self, model_id: str, statuses: Sequence[RiskStatus]) -> int:
        """Count those pictures."""
        with self._catalog.reading() as session:
            ((count,),) = session.rows_for(statements.count_without_opinion, statuses, model_id)
        return int(count)


def _opinion(row: Row) -> StoredOpinion:
    _, picture_no, model_id, claims, rejections, asked_at_us = row
    return StoredOpinion(
        picture_no,
        model_id,
        tuple(
            Claim(category, tuple(quotes), law, article, confidence, reason)
            for category, quotes, law, article, confidence, reason in from_json(claims)
        ),
        tuple(Rejection(kind, value, category) for kind, value, category in from_json(rejections)),
        from_microseconds(asked_at_us),
    )
