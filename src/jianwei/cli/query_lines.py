"""Read the queries of a JSONL file, one object per line.

    {"id": "q1", "words": "芦荟胶囊", "limit": 10}
    {"id": "q2", "picture": "photo.jpg", "platform": "jd", "from": "2025-01-01"}

Programs read the answers, and know best what to do with a doubtful hit. So what an answered query ranks is given whole:
weak hits are not folded unless the file or the command line names a relevance, the same picture only where a line asks.

A field that is not known is refused rather than ignored: a misspelt filter would silently answer another question.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jianwei.cli.json_line_problem import not_json
from jianwei.cli.moments import read_moment
from jianwei.cli.search_options import asked_pictures
from jianwei.errors import NotFoundError, QueryError
from jianwei.records import Filters
from jianwei.search.request import JoinedQuery
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from jianwei.library import Library
    from jianwei.search.request import SearchRequest
    from jianwei.search.results import SearchResult

_NUMBER = (int, float)
_NAMES = (str, list)
_FIELDS: dict[str, tuple[type, ...]] = {
    "id": (str, int),
    "words": (str,),
    "picture": _NAMES,
    "region": (str,),
    "also": _NAMES,
    "avoid": (str,),
    "avoid_picture": _NAMES,
    "limit": (int,),
    "cursor": (str,),
    "alpha": _NUMBER,
    "fusion": (str,),
    "channel": _NAMES,
    "weights": (dict,),
    "space": (str,),
    "target": (str,),
    "sort": (str,),
    "min_relevance": _NUMBER,
    "fold": (bool,),
    "platform": _NAMES,
    "shop": _NAMES,
    "category": _NAMES,
    "price_min": _NUMBER,
    "price_max": _NUMBER,
    "from": (str,),
    "to": (str,),
}

QUERY_FIELDS: tuple[str, ...] = tuple(_FIELDS)


@dataclass(frozen=True, slots=True)
class Query:
    """One query of the file. `query_id` is None where the line gives none; `request` is without its pictures."""

    query_id: str | int | None
    request: SearchRequest
    pictures: tuple[Path, ...] = ()
    avoid_pictures: tuple[Path, ...] = ()
    region: str | None = None

    def ask(self, library: Library) -> SearchResult:
        """Return the answer of the library.

        Raises:
            QueryError: something in the query cannot be used.
            PictureError: a picture cannot be read.
        """
        request = replace(
            self.request,
            pictures=asked_pictures(self.pictures, self.region),
            avoid_pictures=asked_pictures(self.avoid_pictures),
        )
        return library.answer(request)


@contextmanager
def open_query_lines(file: Path) -> Iterator[tuple[Iterable[bytes], Path]]:
    """Give the raw lines of a file, or of standard input for `-`, and the folder that relative pictures start from.

    Raises:
        NotFoundError: there is no such file to read.
    """
    if str(file) == "-":
        yield sys.stdin.buffer, Path()
        return
    try:
        stream = file.expanduser().open("rb")
    except OSError as error:
        raise NotFoundError(
            f"The file of queries {file} cannot be read: {why(error).en}.",
            zh=f"无法读取查询文件 {file}：{why(error).zh}。",
            path=str(file),
        ) from error
    with stream:
        yield stream, file.expanduser().parent


def read_query_line(line: bytes, line_no: int, *, defaults: SearchRequest, folder: Path) -> Query:
    """Return the query of one line. What it does not say is as in `defaults`, apart from what is looked for.

    Raises:
        QueryError: the line is not a JSON object of known fields with values of their types; names the line.
    """
    given = _object(line, line_no)
    _check_fields(given, line_no)
    least = given.get("min_relevance", defaults.min_relevance)
    request = replace(
        defaults,
        words=given.get("words", ""),
        filters=_filters(given, defaults.filters),
        limit=given.get("limit", defaults.limit),
        cursor=given.get("cursor", ""),
        alpha=float(given.get("alpha", defaults.alpha)),
        fusion=given.get("fusion", defaults.fusion),
        channels=_names(given.get("channel"), defaults.channels),  # type: ignore[arg-type]  # checked by the request
        weights=given.get("weights", defaults.weights),
        space=given.get("space", defaults.space),
        avoid_words=given.get("avoid", defaults.avoid_words),
        queries=tuple(JoinedQuery(words) for words in _listed(given.get("also"))),
        target=given.get("target", defaults.target),
        sort=given.get("sort", defaults.sort),
        min_relevance=least,
        keep_weak=least is None,
        fold=given.get("fold", False),
    )
    return Query(
        query_id=given.get("id"),
        request=request,
        pictures=tuple(folder / name for name in _listed(given.get("picture"))),
        avoid_pictures=tuple(folder / name for name in _listed(given.get("avoid_picture"))),
        region=given.get("region"),
    )


def _object(line: bytes, line_no: int) -> dict[str, Any]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refused(line_no, *not_json(error)) from error
    if not isinstance(value, dict):
        raise _refused(line_no, "is not a JSON object", "不是 JSON 对象")
    return {name: item for name, item in value.items() if item is not None}


def _check_fields(given: Mapping[str, Any], line_no: int) -> None:
    for name, value in given.items():
        if name not in _FIELDS:
            allowed = ", ".join(_FIELDS)
            near = get_close_matches(name, _FIELDS, n=1)
            asked, asked_zh = (f"; did you mean {near[0]}?", f"，是否要写 {near[0]}？") if near else ("", "")
            raise _refused(
                line_no,
                f"has the unknown field {name!r}{asked} Known are {allowed}",
                f"有未知字段 {name!r}{asked_zh}可用字段：{allowed}",
            )
        kinds = _FIELDS[name]
        strange = isinstance(value, bool) and bool not in kinds  # a bool is an int to Python
        if strange or not isinstance(value, kinds) or not _holds_as_it_should(value):
            raise _refused(
                line_no,
                f"has a value of the wrong type in {name!r}: {value!r}",
                f"字段 {name!r} 的值类型不对：{value!r}",
            )


def _holds_as_it_should(value: object) -> bool:
    """Tell whether a list is of names, and an object one of weights; true for everything else."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    if isinstance(value, dict):
        return all(isinstance(item, _NUMBER) and not isinstance(item, bool) for item in value.values())
    return True


def _listed(given: str | list[str] | None) -> list[str]:
    return [] if given is None else [given] if isinstance(given, str) else given


def _filters(given: Mapping[str, Any], default: Filters) -> Filters:
    start, end = given.get("from"), given.get("to")
    return Filters(
        platforms=_names(given.get("platform"), default.platforms),
        shops=_names(given.get("shop"), default.shops),
        categories=_names(given.get("category"), default.categories),
        price_min=given.get("price_min", default.price_min),
        price_max=given.get("price_max", default.price_max),
        captured_from=read_moment(start, option="from", day_ends=False) if start else default.captured_from,
        captured_to=read_moment(end, option="to", day_ends=True) if end else default.captured_to,
    )


def _names(given: str | list[str] | None, default: Collection[str]) -> frozenset[str]:
    return frozenset(default if given is None else _listed(given))


def _refused(line_no: int, why: str, why_zh: str) -> QueryError:
    return QueryError(f"Line {line_no} {why}.", zh=f"第 {line_no} 行{why_zh}。", line=line_no)
