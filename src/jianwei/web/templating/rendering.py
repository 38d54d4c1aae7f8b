"""Templates into pages: the language, the theme, who is here, and how numbers, times and texts are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, StreamingResponse

from jianwei.bilingual import Both
from jianwei.channel_names import channel_name
from jianwei.ports.findings import SUREST, status_of
from jianwei.version import __version__
from jianwei.wall_clock import to_the_minute, to_the_second
from jianwei.web.languages import language_of, theme_of
from jianwei.web.templating.navigation import entries_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from fastapi import Request

    from jianwei.desk.roles import Principal
    from jianwei.errors import Language
    from jianwei.search.results import Highlight
    from jianwei.web.assets import Assets


_FLUSH = Markup("\0flush\0")
"""What `{{ flush }}` yields where a page is sent in pieces; it never reaches a browser."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says a text that stands in a template in both languages: `{{ say("Search", "检索") }}`."""

    language: Language

    def __call__(self, en: str, zh: str, **values: object) -> str:
        """Return the text in one language; `{name}` marks a place for a value."""
        return Both(en, zh).say(self.language, **values)


class Pages:
    """The templates of the desk."""

    def __init__(self, assets: Assets, *, shown_place: Callable[[str], str]) -> None:
        self._environment = Environment(
            loader=PackageLoader("jianwei.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = assets.url
        self._environment.globals["version"] = __version__
        self._environment.filters.update(
            number=lambda value: f"{value:,}",
            price=_price,
            plain_number=plain_number,
            size=_size,
            path=lambda value: quote(str(value), safe=""),
            id_path=lambda value: quote(str(value), safe=":/"),
            percent=lambda value: f"{value:.0%}",
            seconds=_seconds,
            status_of=status_of,
            sureness=lambda value: f"{min(value, SUREST):.0%}",
            telling=telling_words,
            place=shown_place,
            readable=lambda value: "".join(character if character.isprintable() else " " for character in value),
        )

    def render(self, request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
        """Return a page."""
        text = self._environment.get_template(template).render(self._context(request, values))
        # Titles from crawlers may hold lone surrogates, which no browser can be sent.
        return HTMLResponse(text.encode("utf-8", "replace"), status_code=status_code)

    def stream(self, request: Request, template: str, **values: Any) -> StreamingResponse:  # noqa: ANN401
        """Return a page that is sent in pieces, see `pieces`."""
        return StreamingResponse(self.pieces(request, template, **values), media_type="text/html")

    def pieces(self, request: Request, template: str, **values: Any) -> Iterator[bytes]:  # noqa: ANN401
        """Yield a page in the pieces that `{{ flush }}` in its template parts it into.

        What a template computes after a `{{ flush }}` is computed when all before it has been handed on, so that a
        browser fetches styles and scripts and draws the head of the page meanwhile.
        """
        values["flush"] = _FLUSH
        ready: list[str] = []
        for text in self._environment.get_template(template).generate(self._context(request, values)):
            if text == _FLUSH:
                yield "".join(ready).encode("utf-8", "replace")
                ready.clear()
            else:
                ready.append(text)
        yield "".join(ready).encode("utf-8", "replace")

    def _context(self, request: Request, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what every template finds, and the values of this page."""
        language = language_of(request)
        principal = cast("Principal | None", getattr(request.state, "principal", None))
        return {
            "say": Speaker(language),
            "lang": language,
            "theme": theme_of(request),
            "who": principal,
            "csrf": principal.csrf if principal is not None else "",
            "path": request.url.path,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "navigation": entries_for(principal),
            "when": _when,
            "ago": partial(_ago, language=language),
            "marked": marked,
            "mark_spans": mark_spans,
            "channel_name": channel_name,
            "query": None,
            "flush": "",
            **values,
        }


def marked(text: str, highlights: Iterable[Highlight], field: str = "") -> Markup:
    """Return a text with the words that were looked for in <mark>; everything else escaped."""
    spans = sorted(
        {span for item in highlights if item.text == text and field in ("", item.field) for span in item.spans}
    )
    return mark_spans(text, spans)


def mark_spans(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """Return a text with spans in <mark>; spans that overlap an earlier one are left out."""
    parts: list[Markup] = []
    at = 0
    for start, end in spans:
        if start < at:
            continue
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


def telling_words(words: Iterable[str], most: int = 8) -> list[str]:
    """Return words worth showing: none twice, and none that stands in another one of them."""
    distinct = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    return [word for word in distinct if not any(word != other and word in other for other in distinct)][:most]


def _price(value: float | None) -> str:
    return "" if value is None else f"¥{value:,.2f}".removesuffix(".00")


def plain_number(value: float | None) -> str:
    """Return a number as a person and a form field write it: all its digits, no exponent; nothing for none."""
    return "" if value is None else f"{Decimal(repr(float(value))):f}".removesuffix(".0")


def _size(value: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("the last unit takes everything")


def _seconds(value: float | None) -> str:
    if value is None:
        return ""
    minutes, seconds = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _when(moment: datetime | None) -> Markup:
    """Return a moment as <time>, to the minute, in the time zone of the server."""
    if moment is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), to_the_second(moment), to_the_minute(moment)
    )


def _ago(moment: datetime | None, *, language: Language) -> Markup:
    """Return how long ago a moment was, as <time>."""
    if moment is None:
        return Markup("—")
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    steps = ((60, 1, "s", "秒"), (3600, 60, "min", "分钟"), (86_400, 3600, "h", "小时"), (10**12, 86_400, "d", "天"))
    amount, en, zh = next((seconds // size, en, zh) for limit, size, en, zh in steps if seconds < limit)
    text = f"{amount} {zh}前" if language == "zh" else f"{amount} {en} ago"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), to_the_second(moment), text)
