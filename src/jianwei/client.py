"""`jianwei.Client`: a desk over HTTP, with the same words as `Library`.

    with Client("http://127.0.0.1:8321", token="jw_…") as desk:
        for hit in desk.search("根治便秘", platforms=["jd"])["hits"]:
            print(hit["title"], hit["matched_words"])

Answers are the JSON objects of `export.json_shapes`. An error of the desk is raised as the same class that the library
raises, with its message and facts.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jianwei import errors
from jianwei.errors import JianweiError, PictureFetchError, QueryError
from jianwei.runtime.json_transport import retry_after_s
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import BinaryIO, Self

    import httpx

    from jianwei.errors import Language
    from jianwei.export.json_cases import CasesJson, ComparisonJson
    from jianwei.export.json_facets import FacetsJson
    from jianwei.export.json_groups import ApartJson, FamilyJson, FamilySummaryJson, SellersJson
    from jianwei.export.json_reviews import DecisionJson, DecisionsJson, QueueJson
    from jianwei.export.json_shapes import FailureJson, ListingJson, SearchJson, StatsJson, WatchRunJson
    from jianwei.export.json_watches import WatchHitJson, WatchJson
    from jianwei.ports.groups import ApartKind
    from jianwei.ports.reviews import Decision

_LOOK_EVERY_S = 0.5
_TOO_MANY = 429
_UNSAID_WAIT_S = 0.5  # where a desk, or a proxy before it, does not say how long
_ENDED = ("done", "failed", "cancelled")


class Client:
    """A desk, as the owner of a token sees it. Close it with `close` or a `with` block; safe from several threads.

    A desk that answers "too many requests" is asked again when it said, as long as that is within `patience_s` seconds
    for one call; 0 never waits. It has done nothing with what it turned away, so that is safe for everything.
    """

    def __init__(
        self, url: str, *, token: str, language: Language = "en", timeout_s: float = 60.0, patience_s: float = 60.0
    ) -> None:
        import httpx

        self._patience_s = patience_s

        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.Client(base_url=url.rstrip("/") + "/api/v1", headers=headers, timeout=timeout_s)

    def search(
        self,
        words: str = "",
        *,
        picture: str | Path | bytes | None = None,
        url: str = "",
        platforms: Sequence[str] = (),
        shops: Sequence[str] = (),
        categories: Sequence[str] = (),
        limit: int = 20,
        cursor: str = "",
        **options: str | float | Sequence[str],
    ) -> SearchJson:
        """Find listings by words, by a picture (a file, bytes, or the address `url`), or by both.

        `options` are further parameters of `GET /api/v1/search`, such as `also`, `avoid`, `region`, `alpha`,
        `price_min`, `sort`, `channel`, `weight`, `facets`; `further_picture` and `avoid_picture` take what
        `keep_picture` returns.

        Raises:
            QueryError: the desk cannot use what is asked.
            AccessError: the token is void or does not allow it.
            JianweiError: the desk cannot answer.
        """
        asked: dict[str, Any] = {
            "words": words,
            "platform": list(platforms),
            "shop": list(shops),
            "category": list(categories),
            "limit": limit,
            "cursor": cursor,
            **options,
        }
        if picture is not None or url:
            asked["picture"] = self.keep_picture(picture, url=url)
        return cast("SearchJson", self._ask("GET", "/search", params=asked))

    def keep_picture(self, picture: str | Path | bytes | None = None, *, url: str = "") -> str:
        """Upload a picture to search with, or let the desk fetch it; return its hash."""
        data = None if picture is None else picture if isinstance(picture, bytes) else _bytes_of(Path(picture))
        form: dict[str, Any] = {"data": {"url": url}} if data is None else {"files": {"file": ("picture", data)}}
        return str(self._ask("POST", "/query-pictures", **form)["picture"])

    def show(self, listing_id: str) -> ListingJson:
        """Return one listing with all its pictures and their text."""
        return cast("ListingJson", self._ask("GET", _of(listing_id)))

    def facets(self) -> FacetsJson:
        """Return the most frequent values of each filter in the library; of a search: `search(…, facets=True)`."""
        return cast("FacetsJson", self._ask("GET", "/facets"))

    def stats(self) -> StatsJson:
        """Count what is in the library."""
        return cast("StatsJson", self._ask("GET", "/stats"))

    def failures(self) -> list[FailureJson]:
        """Return what could not be used and still cannot."""
        return cast("list[FailureJson]", self._ask("GET", "/failures"))

    def thumbnail(self, sha256: str) -> bytes:
        """Return the WebP thumbnail of a picture."""
        return self._send("GET", f"/pictures/{sha256}/thumbnail").content

    def picture_bytes(self, sha256: str) -> bytes:
        """Return the original bytes of a picture."""
        return self._send("GET", f"/pictures/{sha256}/original").content

    def export(self, file: str | Path, words: str = "", **options: str | float | Sequence[str]) -> int:
        """Download listings into a file (.xlsx, .csv, .jsonl, or .zip: evidence); return how many there are.

        Evidence of more than a few is made by a job, which is waited for.

        Raises:
            JianweiError: the desk refused it, or the job failed.
        """
        path = Path(file)
        params: dict[str, Any] = {"format": path.suffix.lstrip("."), "words": words, **options}
        try:
            answer = self._send("GET", "/export", params=params)
        except QueryError as error:
            if "job" not in error.facts:
                raise
            job = self._result_of(self._ask("POST", "/jobs/evidence", params=params), path)
            return int(job["report"]["listings"])
        path.write_bytes(answer.content)
        return int(answer.headers["X-Listings"])

    def queue(
        self, *, categories: Sequence[str] = (), assignee: str | None = None, limit: int = 50, offset: int = 0
    ) -> QueueJson:
        """Return the listings that wait for a decision; `assignee` "" keeps those assigned to nobody."""
        asked: dict[str, Any] = {"category": list(categories), "limit": limit, "offset": offset}
        if assignee is not None:
            asked["assignee"] = assignee
        return cast("QueueJson", self._ask("GET", "/review-queue", params=asked))

    def decide(
        self,
        listing_id: str,
        decision: Decision,
        *,
        category: str = "",
        reason: str = "",
        assignee: str = "",
        remember: bool = True,
        seen: int | None = None,
    ) -> DecisionJson:
        """Decide about a listing, or one category of what was found on it, in the name of the token's owner.

        `seen` is the number that `history` or `queue` gave with the listing.

        Raises:
            ConflictError: somebody else decided since; names who.
            QueryError: a dismissal has no reason, or whoever is assigned may not review.
        """
        asked = {
            "decision": decision,
            "category": category,
            "reason": reason,
            "assignee": assignee,
            "remember": remember,
            "seen": seen,
        }
        return cast("DecisionJson", self._ask("POST", f"{_of(listing_id)}/decisions", json=asked))

    def history(self, listing_id: str) -> DecisionsJson:
        """Return all decisions about a listing, oldest first, and what stands after them."""
        return cast("DecisionsJson", self._ask("GET", f"{_of(listing_id)}/decisions"))

    def cases(self, *, limit: int = 50, offset: int = 0) -> CasesJson:
        """Return known violations in the order of entry."""
        return cast("CasesJson", self._ask("GET", "/cases", params={"limit": limit, "offset": offset}))

    def like_cases(self, listing_id: str, *, limit: int = 10) -> ComparisonJson:
        """Return the known violations that a listing is like, and the types that they propose."""
        return cast("ComparisonJson", self._ask("GET", f"{_of(listing_id)}/like-cases", params={"limit": limit}))

    def evidence(self, listing_id: str, file: str | Path) -> str:
        """Download the evidence package of a listing; return the hash of its manifest, to be noted elsewhere."""
        answer = self._send("GET", f"{_of(listing_id)}/evidence")
        Path(file).write_bytes(answer.content)
        return str(answer.headers["X-Manifest-SHA256"])

    def ingest(
        self,
        *sources: str | Path,
        platform: str = "",
        wait: bool = True,
        progress: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Upload files and let the desk ingest them; return the job, when it has ended unless `wait` is False.

        `progress` gets the state of the job twice a second.
        """
        with ExitStack() as stack:
            files: list[tuple[str, tuple[str, BinaryIO]]] = [
                ("file", (Path(source).name, stack.enter_context(Path(source).open("rb")))) for source in sources
            ]
            job: dict[str, Any] = self._ask("POST", "/jobs/ingest", files=files, data={"platform": platform})
        if wait:
            for state in self.watch(job["job_id"]):
                job = state
                if progress is not None:
                    progress(job)
        return job

    def watch(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Yield the states of a job until it has ended."""
        while True:
            job = self._ask("GET", f"/jobs/{job_id}")
            yield job
            if job["state"] in _ENDED:
                return
            time.sleep(_LOOK_EVERY_S)

    def embed(self) -> dict[str, Any]:
        """Let the desk make the vectors that pictures and titles lack; return the job, see `watch`."""
        return cast("dict[str, Any]", self._ask("POST", "/jobs/embed"))

    def screen(self) -> dict[str, Any]:
        """Let the desk screen what was not screened by the rules of now; return the job."""
        return cast("dict[str, Any]", self._ask("POST", "/jobs/screen"))

    def caption(self) -> dict[str, Any]:
        """Let the desk describe the pictures that its vision-language model has not described; return the job.

        Raises:
            SettingsError: no model is configured at the desk.
        """
        return cast("dict[str, Any]", self._ask("POST", "/jobs/caption"))

    def sweep(self, file: str | Path, *clues: str | Path, limit: int = 20) -> dict[str, Any]:
        """Upload clues (a sheet and its pictures, a text file, pictures), look for them all, download the workbook.

        Returns the job when it has ended; its `report` has the counts.

        Raises:
            JianweiError: the desk refused the clues, or the job failed.
        """
        with ExitStack() as stack:
            files = [("file", (Path(clue).name, stack.enter_context(Path(clue).open("rb")))) for clue in clues]
            job: dict[str, Any] = self._ask("POST", "/jobs/sweep", files=files, data={"limit": str(limit)})
        return self._result_of(job, Path(file))

    def watches(self) -> list[WatchJson]:
        """Return all watches by name."""
        return cast("list[WatchJson]", self._ask("GET", "/watches"))

    def add_watch(self, name: str, words: str = "", *, cap: int = 100, **search: Any) -> WatchRunJson:  # noqa: ANN401
        """Save a search as a watch and hold it against all listings; `search` are further fields of a search."""
        asked = {"name": name, "cap": cap, "search": {"words": words, **search}}
        return cast("WatchRunJson", self._ask("POST", "/watches", json=asked))

    def run_watches(self, name: str = "") -> list[WatchRunJson]:
        """Run one watch, or all, over what changed since each ran last."""
        if name:
            return [cast("WatchRunJson", self._ask("POST", f"{_watch(name)}/run"))]
        return cast("list[WatchRunJson]", self._ask("POST", "/watch-runs"))

    def watch_hits(
        self, name: str, *, unseen: bool = False, held_back: bool = False, limit: int = 100
    ) -> list[WatchHitJson]:
        """Return hits of a watch, newest first."""
        asked = {"unseen": unseen, "held_back": held_back, "limit": limit}
        return cast("list[WatchHitJson]", self._ask("GET", f"{_watch(name)}/hits", params=asked))

    def mark_seen(self, name: str, listing_ids: Sequence[str] | None = None) -> int:
        """Mark hits of a watch as seen, all unless some are named; return how many were not before."""
        asked = {"listing_ids": None if listing_ids is None else list(listing_ids)}
        return int(self._ask("POST", f"{_watch(name)}/seen", json=asked)["marked"])

    def remove_watch(self, name: str) -> None:
        """Remove a watch with its hits."""
        self._ask("DELETE", _watch(name))

    def families(self, *, limit: int = 50, offset: int = 0) -> list[FamilySummaryJson]:
        """Return pictures that more than one listing shows, those of most shops first."""
        asked = {"limit": limit, "offset": offset}
        return cast("list[FamilySummaryJson]", self._ask("GET", "/groups/families", params=asked))

    def family(self, sha256: str) -> FamilyJson:
        """Return every file, listing and shop of a picture."""
        return cast("FamilyJson", self._ask("GET", f"/groups/families/{sha256}"))

    def sellers(self, shop: str = "", *, limit: int = 50, offset: int = 0) -> SellersJson:
        """Return shops that probably belong together, with the reasons; of one shop (`platform:name`) where named."""
        asked = {"shop": shop, "limit": limit, "offset": offset}
        return cast("SellersJson", self._ask("GET", "/sellers", params=asked))

    def keep_apart(self, kind: ApartKind, first: str, second: str, *, reason: str = "") -> ApartJson:
        """Remember that two pictures (SHA-256) or shops (`platform:name`) do not belong together."""
        asked = {"kind": kind, "first": first, "second": second, "reason": reason}
        return cast("ApartJson", self._ask("POST", "/kept-apart", json=asked))

    def let_together(self, kind: ApartKind, first: str, second: str) -> bool:
        """Take back a decision to keep two apart; False when there was none."""
        asked = {"kind": kind, "first": first, "second": second}
        return bool(self._ask("POST", "/kept-apart/take-back", json=asked)["was_apart"])

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Stop a job; what it has done stays."""
        return cast("dict[str, Any]", self._ask("POST", f"/jobs/{job_id}/cancel"))

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _result_of(self, job: Mapping[str, Any], file: Path) -> dict[str, Any]:
        """Wait for a job and download what it made."""
        *_, ended = self.watch(job["job_id"])
        if ended["error"] is not None:
            raise _kind_of(ended["error"]["code"])(ended["error"]["message"], zh=ended["error"].get("message_zh", ""))
        file.write_bytes(self._send("GET", f"/jobs/{ended['job_id']}/result").content)
        return ended

    def _ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401  # whatever JSON comes
        return self._send(method, path, **options).json()

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        left_s = self._patience_s
        while (answer := self._send_once(method, path, **options)).status_code == _TOO_MANY:
            wait_s = retry_after_s(answer.headers.get("Retry-After")) or _UNSAID_WAIT_S
            if wait_s > left_s:
                break
            time.sleep(wait_s)
            left_s -= wait_s
        if answer.is_success:
            return answer
        raise _error(answer)

    def _send_once(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        import httpx

        try:
            return self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise JianweiError(
                f"The desk at {self._http.base_url} cannot be reached: {error}.",
                zh=f"无法连接工作台 {self._http.base_url}：{error}。",
            ) from error


def _watch(name: str) -> str:
    import urllib.parse

    return f"/watches/{urllib.parse.quote(name, safe='')}"


def _of(listing_id: str) -> str:
    import urllib.parse

    return f"/listings/{urllib.parse.quote(listing_id)}"


def _error(answer: httpx.Response) -> JianweiError:
    """Return the error that an answer tells of, of the class that has its code."""
    try:
        facts = dict(answer.json()["error"])
        code, message = str(facts.pop("code")), str(facts.pop("message"))
    except (ValueError, KeyError, TypeError):
        code, message, facts = "error", f"The desk answered {answer.status_code} without saying why.", {}
    return _kind_of(code)(message, zh=message, **facts)


def _kind_of(code: str) -> type[JianweiError]:
    kinds = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, JianweiError)]
    return next((item for item in kinds if item.code == code), JianweiError)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureFetchError(
            f"The query picture {path} cannot be read: {why(error).en}.",
            zh=f"无法读取查询图片 {path}：{why(error).zh}。",
            reason="unreadable",
            location=str(path),
        ) from error
