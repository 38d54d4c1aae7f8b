"""Which language and theme a page is in: what the person chose, else what the browser asks for. And the cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fastapi import Request

    from jianwei.desk.accounts import Theme
    from jianwei.desk.roles import Principal
    from jianwei.errors import Language

SESSION_COOKIE = "jianwei_session"
LANGUAGE_COOKIE = "jianwei_lang"
THEME_COOKIE = "jianwei_theme"


def language_of(request: Request) -> Language:
    """Return the language to answer in: cookie, account, then the first known of Accept-Language; else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen not in ("zh", "en"):
        principal = _principal(request)
        chosen = principal.language if principal is not None else ""
    if chosen in ("zh", "en"):
        return cast("Language", chosen)
    return accepted_language(request.headers.get("accept-language", ""))


def accepted_language(header: str) -> Language:
    """Return the first of the languages of an Accept-Language header that is known, by weight; Chinese for none."""
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(header.split(",")):
        tag, _, parameters = part.strip().lower().partition(";")
        language: Language | None = "zh" if tag.startswith("zh") else "en" if tag.startswith("en") else None
        if language is not None:
            wishes.append((-_weight(parameters), place, language))
    return min(wishes)[2] if wishes else "zh"


def theme_of(request: Request) -> Theme:
    """Return the theme that was chosen; empty follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    if chosen not in ("light", "dark"):
        principal = _principal(request)
        chosen = principal.theme if principal is not None else ""
    return cast("Theme", chosen)


def _principal(request: Request) -> Principal | None:
    return cast("Principal | None", getattr(request.state, "principal", None))


def _weight(parameters: str) -> float:
    try:
        return float(parameters.partition("q=")[2] or 1.0)
    except ValueError:
        return 0.0
