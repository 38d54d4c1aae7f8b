"""Who may use a route: each declares one permission, and the guard checks it before the route runs.

A session comes in a cookie and may change something only with the secret that its pages carry (CSRF), a token in the
`Authorization` header. The guard also holds everybody to a number of requests a minute.

Annotations are evaluated here: FastAPI cannot resolve those of an object's `__call__` when they are text.
"""

import hmac
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request

from jianwei.desk.roles import Permission, Principal
from jianwei.errors import ForbiddenError, RequestError, SignInError
from jianwei.web.languages import SESSION_COOKIE
from jianwei.web.surroundings import address_of, desk_of, read_form

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """The check of one permission, as a dependency that gives the principal.

    `reads_form` is False for routes with large bodies: their secret has to come in the header, so that nothing of the
    body is read before it is known who sends it.
    """

    def __init__(self, permission: Permission, *, reads_form: bool = True) -> None:
        self.permission: Permission = permission
        self._reads_form = reads_form

    async def __call__(self, request: Request) -> Principal:
        """Return who asks.

        Raises:
            SignInError: nobody is signed in, or the session or token is void.
            ForbiddenError: the permission is missing, or the request comes from another page.
            TooManyRequestsError: too many requests in a short time.
        """
        principal = identify(request)
        desk = desk_of(request)
        desk.limiter.take(principal.name if principal is not None else address_of(request))
        if principal is None:
            raise _not_signed_in()
        if principal.via == "session" and request.method not in _SAFE_METHODS:
            refuse_other_sites(request)
            await self._check_csrf(request, principal)
        if not principal.may(self.permission):
            raise _not_allowed(principal, self.permission)
        return principal

    async def _check_csrf(self, request: Request, principal: Principal) -> None:
        sent = request.headers.get(CSRF_HEADER, "")
        if not sent and self._reads_form and _is_form(request):
            field = (await read_form(request)).get(CSRF_FIELD, "")
            sent = field if isinstance(field, str) else ""
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), principal.csrf.encode()):
            raise ForbiddenError(
                "This form is from another session. Reload the page and send it again.",
                zh="该表单来自另一个会话。请刷新页面后重新提交。",
                reason="csrf",
            )


class Open:
    """A route for everybody, said on purpose.

    `counts` is False for the files of pages: the page that says "too many requests" needs its styles too.
    """

    permission: Literal["open"] = "open"

    def __init__(self, *, counts: bool = True) -> None:
        self._counts = counts

    async def __call__(self, request: Request) -> Principal | None:
        """Return who asks, None for a stranger; strangers of one address share a number of requests.

        Where requests are not counted, nobody is looked for.

        Raises:
            ForbiddenError: something is to be changed from another site's page.
            TooManyRequestsError: too many requests in a short time.
        """
        if not self._counts:
            return None
        principal = identify(request)
        desk_of(request).limiter.take(principal.name if principal is not None else address_of(request))
        if request.method not in _SAFE_METHODS:
            refuse_other_sites(request)
        return principal


def identify(request: Request) -> Principal | None:
    """Return who asks and note it in `request.state.principal`; None for a stranger.

    Raises:
        SignInError: there is an Authorization header, and it is of no valid token.
    """
    desk = desk_of(request)
    principal: Principal | None = None
    header = request.headers.get("authorization", "")
    if header:
        kind, _, token = header.partition(" ")
        principal = desk.tokens.principal(token.strip()) if kind.lower() == "bearer" else None
        if principal is None:
            raise SignInError(
                "The token is void: unknown, revoked or expired. Make a new one under My account.",
                zh="令牌无效：不存在、已撤销或已过期。请在“我的账号”中新建一个。",
            )
    elif secret := request.cookies.get(SESSION_COOKIE, ""):
        principal = desk.sessions.principal(secret)
    request.state.principal = principal
    return principal


def refuse_other_sites(request: Request) -> None:
    """Refuse a request that a page of another site sent.

    Raises:
        ForbiddenError: it did.
    """
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    foreign = site not in ("", "same-origin", "none") or (
        not site and origin not in ("", "null") and urlsplit(origin).netloc != request.headers.get("host", "")
    )
    if foreign:
        raise ForbiddenError(
            "This request comes from another site's page and was refused.",
            zh="该请求来自其他网站的页面，已拒绝。",
            reason="cross-site",
        )


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return True
    if kind not in ("", "application/json"):
        raise RequestError(
            f"The body is {kind}; a form or JSON is expected.", zh=f"请求体类型为 {kind}，应为表单或 JSON。", status=415
        )
    return False


def _not_signed_in() -> SignInError:
    return SignInError(
        "Nobody is signed in, or the session has ended: sign in. Programs send a token: Authorization: Bearer jw_….",
        zh="尚未登录或登录已过期，请重新登录。程序请在请求头 Authorization: Bearer jw_… 中提供令牌。",
    )


def _not_allowed(principal: Principal, permission: Permission) -> ForbiddenError:
    through = "the scopes of this token do" if principal.via == "token" else f"the role {principal.role} does"
    through_zh = "该令牌的权限范围" if principal.via == "token" else f"角色 {principal.role} "
    return ForbiddenError(
        f"{principal.name} may not do this: {through} not include {permission!r}. An administrator can change that.",
        zh=f"{principal.name} 无权进行此操作：{through_zh}不包含 {permission!r}。可请管理员调整。",
        permission=permission,
    )
