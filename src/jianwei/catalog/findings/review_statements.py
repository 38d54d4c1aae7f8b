"""The statements about decisions of reviewers, as SQLAlchemy Core.

Keys stand first among the parameters, then those that a docstring names, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, insert, literal_column, or_, select

from jianwei.catalog.tables.queries import NO_OFFSET
from jianwei.catalog.tables.schema import (
    category_scores,
    dismissed_marks,
    listing_pictures,
    picture_opinions,
    review_states,
    reviews,
    screenings,
)

if TYPE_CHECKING:
    from sqlalchemy import Delete
    from sqlalchemy.sql.dml import ReturningInsert

    from jianwei.catalog.engine.statements import Keys

_REVIEW = (
    reviews.c.review_no,
    reviews.c.listing_id,
    reviews.c.category,
    reviews.c.decision,
    reviews.c.reason,
    reviews.c.reviewer,
    reviews.c.assignee,
    reviews.c.decided_at_us,
)


def newest_review() -> Select[Any]:
    """(review_no,) of the newest decision, NULL for none; takes a listing_id and a category."""
    return select(func.max(reviews.c.review_no)).where(
        reviews.c.listing_id == bindparam("listing_id"), reviews.c.category == bindparam("category")
    )


def insert_review() -> ReturningInsert[tuple[Any]]:
    """Take listing_id … decided_at_us in the order of the table; return (review_no,)."""
    names = [column.name for column in _REVIEW[1:]]
    return insert(reviews).values({name: bindparam(name) for name in names}).returning(reviews.c.review_no)


def reviews_of_listing() -> Select[Any]:
    """All decisions about a listing, oldest first; takes its listing_id."""
    return select(*_REVIEW).where(reviews.c.listing_id == bindparam("listing_id")).order_by(reviews.c.review_no)


def recent_reviews() -> Select[Any]:
    """The newest decisions, newest first; takes a limit."""
    return select(*_REVIEW).order_by(reviews.c.review_no.desc()).limit(bindparam("limit")).offset(NO_OFFSET)


def recent_reviews_by() -> Select[Any]:
    """The newest decisions of one person, newest first; takes the name and a limit."""
    return (
        select(*_REVIEW)
        .where(reviews.c.reviewer == bindparam("reviewer"))
        .order_by(reviews.c.review_no.desc())
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def standing_reviews(keys: Keys) -> Select[Any]:
    """(listing_no, review …) of the decisions in force for the listings among the keys."""
    return (
        select(review_states.c.listing_no, *_REVIEW)
        .join_from(review_states, reviews, reviews.c.review_no == review_states.c.review_no)
        .where(review_states.c.listing_no.in_(keys))
        .order_by(review_states.c.listing_no, review_states.c.category)
    )


def marks_of_categories(keys: Keys) -> Select[Any]:
    """(category, kind, value) of what dismissals of the categories among the keys are remembered by."""
    marks = dismissed_marks.c
    return select(marks.category, marks.kind, marks.value).where(marks.category.in_(keys))


def forget_marks() -> Delete:
    """Forget what decisions about a listing and category are remembered by; takes its listing_id and the category."""
    concerned = select(reviews.c.review_no).where(
        reviews.c.listing_id == bindparam("listing_id"), reviews.c.category == bindparam("category")
    )
    return delete(dismissed_marks).where(dismissed_marks.c.review_no.in_(concerned))


def undecided_listings() -> Select[Any]:
    """(listing_no, score) of open screenings that no final decision ends, highest score first."""
    return (
        select(screenings.c.listing_no, screenings.c.score)
        .where(_is_open(screenings.c.status), ~_whole_is_decided(), _has_open_category())
        .order_by(screenings.c.score.desc(), screenings.c.listing_no)
    )


def undecided_in_categories(keys: Keys) -> Select[Any]:
    """(listing_no, score) likewise, of those with an open category among the keys."""
    return (
        select(screenings.c.listing_no, screenings.c.score)
        .distinct()
        .join_from(screenings, category_scores, category_scores.c.listing_no == screenings.c.listing_no)
        .where(
            category_scores.c.category.in_(keys),
            _is_open(category_scores.c.status),
            ~_whole_is_decided(),
            ~_category_is_decided(),
        )
        .order_by(screenings.c.score.desc(), screenings.c.listing_no)
    )


def undecided_by_opinion() -> Select[Any]:
    """(listing_no, score) of clear screenings that no decision ends, on whose pictures a model claims something.

    Whether the claims hold on the listing is for whoever reads them.
    """
    return (
        select(screenings.c.listing_no, screenings.c.score)
        .where(
            screenings.c.status == literal_column("'clear'"),
            ~_whole_is_decided(),
            exists().where(
                listing_pictures.c.listing_no == screenings.c.listing_no,
                picture_opinions.c.picture_no == listing_pictures.c.picture_no,
                picture_opinions.c.claims != literal_column("'[]'"),
            ),
        )
        .order_by(screenings.c.listing_no)
    )


def assignees() -> Select[Any]:
    """(listing_no, assignee) of every listing that is assigned as a whole."""
    return (
        select(review_states.c.listing_no, reviews.c.assignee)
        .join_from(review_states, reviews, reviews.c.review_no == review_states.c.review_no)
        .where(reviews.c.decision == literal_column("'assign'"))
    )


def _is_open(status: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(status == literal_column("'suspected'"), status == literal_column("'review'"))


def _final(of_category: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        and_(
            review_states.c.listing_no == screenings.c.listing_no,
            of_category,
            reviews.c.review_no == review_states.c.review_no,
            or_(reviews.c.decision == literal_column("'confirm'"), reviews.c.decision == literal_column("'dismiss'")),
        )
    )


def _whole_is_decided() -> ColumnElement[bool]:
    return _final(review_states.c.category == literal_column("''"))


def _category_is_decided() -> ColumnElement[bool]:
    return _final(review_states.c.category == category_scores.c.category)


def _has_open_category() -> ColumnElement[bool]:
    return exists().where(
        category_scores.c.listing_no == screenings.c.listing_no,
        _is_open(category_scores.c.status),
        ~_category_is_decided(),
    )
