"""A desk that really listens on a socket, and people who use it."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Self

import httpx
from tests.waiting import PATIENCE_S, until

from jianwei.desk.roles import PERMISSIONS
from jianwei.settings import Settings
from jianwei.web.desk import Desk
from jianwei.web.options import ServeOptions
from jianwei.web.serving import DeskServer

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.desk.roles import Role

PASSWORD = "three quiet herons"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: reading the certificates for each client takes longest


class RunningDesk:
    """One server in a thread of this process; a context manager."""

    def __init__(
        self, library: Path, settings: Settings | None = None, *, shared: Path | None = None, place: int = 0
    ) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.desk = Desk(
            library,
            settings or Settings(ocr_engine="off", requests_per_minute=0),
            ServeOptions(port=self.port, processes=1 if shared is None else 2, shared_folder=shared, place=place),
        )
        self._server = DeskServer(self.desk)
        self._clients: list[httpx.Client] = []
        self.stranger()
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._server.started or not self._thread.is_alive(), "the desk did not start", look_every_s=0.01)
        assert self._server.started, "the desk ended as it started"
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()
        self.desk.stopping.set()
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        self.desk.close()
        self._socket.close()

    def person(self, name: str, role: Role, *, password: str | None = None) -> httpx.Client:
        """Return a browser in which somebody is signed in; the account is made where it is missing."""
        browser = self.stranger()
        secret = self.desk.sessions.begin(self._user_no(name, role, password), address="127.0.0.1", agent="test")
        browser.cookies.set("jianwei_session", secret)
        return browser

    def stranger(self) -> httpx.Client:
        """Return a browser in which nobody is signed in."""
        return self._client({"Accept": "text/html", "Accept-Language": "en"})

    def program(self, name: str, role: Role, *scopes: str) -> httpx.Client:
        """Return a client with a token; all permissions of the role unless scopes are named."""
        token = self.desk.tokens.make(self._user_no(name, role), "test", scopes or PERMISSIONS)
        return self._client({"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def _user_no(self, name: str, role: Role, password: str | None = None) -> int:
        # Whoever signs in by no form needs no password, which takes a tenth of a second; an administrator without one
        # counts as none.
        if name not in {account.name for account in self.desk.accounts.all()}:
            given = PASSWORD if role == "administrator" else password
            self.desk.accounts.add(name, role, password=given)
        return self.desk.accounts.named(name).user_no

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        client = httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S, verify=NO_TLS)
        self._clients.append(client)
        return client


def csrf_of(browser: httpx.Client) -> str:
    """Return the secret that the pages of a session carry."""
    page = browser.get("/account").text
    return page.split('<meta name="csrf" content="', 1)[1].split('"', 1)[0]
