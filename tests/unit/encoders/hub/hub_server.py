"""A hub over loopback that speaks the interfaces of Hugging Face and ModelScope, and misbehaves as it is told.

It is a real HTTP server: what is tested is what goes over the wire. Faults are kept in one list for each file; each
request for that file takes the next one, and when none is left the answer is right.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Fault = "Callable[[Handler, bytes], None]"
LISTING = "(listing)"
"""Stands in the table of faults for the question what a repository holds."""


@dataclass
class HubServer:
    """What the hub holds and how it behaves. `stated` replaces the true SHA-256 of a file."""

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[Callable[[Handler, bytes], None]]] = field(default_factory=dict)
    stated: dict[str, str] = field(default_factory=dict)
    takes_ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every request: the file or path, and the Range header."""
    url: str = ""

    def times_asked(self, name: str) -> int:
        return sum(asked == name for asked, _ in self.asked)

    def ranges(self, name: str) -> list[str]:
        return [header for asked, header in self.asked if asked == name]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    hub: HubServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        parts = unquote(address.path).strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self._listing("/".join(parts[2:]), _huggingface_listing)
        elif parts[:3] == ["api", "v1", "models"] and parts[5:] == ["repo", "files"]:
            self._listing("/".join(parts[3:5]), _modelscope_listing)
        elif parts[:3] == ["api", "v1", "models"] and parts[5:] == ["repo"]:
            self._file("/".join(parts[3:5]), query["FilePath"])
        elif len(parts) > 4 and parts[2] == "resolve":
            self._file("/".join(parts[:2]), "/".join(parts[4:]))
        else:
            self.answer(404, b"{}", "application/json")

    def _listing(self, repository_id: str, shape: Callable[[HubServer, str], object]) -> None:
        self.hub.asked.append((LISTING, ""))
        if repository_id not in self.hub.repositories:
            body = json.dumps({"error": "Repository not found", "Success": False, "Message": "record not found"})
            self.answer(404, body.encode(), "application/json")
            return
        self._with_faults(LISTING, json.dumps(shape(self.hub, repository_id)).encode(), "application/json")

    def _file(self, repository_id: str, name: str) -> None:
        self.hub.asked.append((name, self.headers.get("Range", "")))
        content = self.hub.repositories.get(repository_id, {}).get(name)
        if content is None:
            self.answer(404, b'{"error": "Entry not found"}', "application/json")
        else:
            self._with_faults(name, content, "application/octet-stream")

    def _with_faults(self, name: str, content: bytes, kind: str) -> None:
        faults = self.hub.faults.get(name)
        if faults:
            faults.pop(0)(self, content)
        else:
            self.give(content, kind)

    def give(self, content: bytes, kind: str = "application/octet-stream", *, most_bytes: int | None = None) -> None:
        """Answer a file, or the part of it that was asked for; end the connection after `most_bytes`."""
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.hub.takes_ranges else 0
        if start >= len(content) and start:
            self.answer(416, b"", kind)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        self.wfile.write(rest if most_bytes is None else rest[:most_bytes])
        if most_bytes is not None:
            self.close_connection = True

    def answer(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the name is the base class's
        """Say nothing."""


def cut_after(most_bytes: int) -> Callable[[Handler, bytes], None]:
    return lambda handler, content: handler.give(content, most_bytes=most_bytes)


def status(code: int, body: bytes = b"busy", **headers: str) -> Callable[[Handler, bytes], None]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.answer(code, body, "text/plain", names)


def web_page(handler: Handler, _: bytes) -> None:
    handler.answer(200, b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html; charset=utf-8")


def not_json(handler: Handler, _: bytes) -> None:
    handler.answer(200, b"hello", "text/plain")


def other_json(handler: Handler, _: bytes) -> None:
    handler.answer(200, b'{"models": []}', "application/json")


def other_content(handler: Handler, content: bytes) -> None:
    handler.give(bytes(len(content)))


def silent(seconds: float) -> Callable[[Handler, bytes], None]:
    def wait(handler: Handler, content: bytes) -> None:
        time.sleep(seconds)
        handler.give(content)

    return wait


def _huggingface_listing(hub: HubServer, repository_id: str) -> object:
    siblings = []
    for name, content in hub.repositories[repository_id].items():
        entry: dict[str, object] = {"rfilename": name, "size": len(content)}
        if name.endswith((".safetensors", ".bin", ".pt")):
            sha256 = hub.stated.get(name, hashlib.sha256(content).hexdigest())
            entry |= {"blobId": "0" * 40, "lfs": {"sha256": sha256, "size": len(content), "pointerSize": 134}}
        else:
            blob = b"blob %d\0" % len(content) + content
            entry["blobId"] = hub.stated.get(name, hashlib.sha1(blob).hexdigest())
        siblings.append(entry)
    licence = hub.licences.get(repository_id)
    return {
        "id": repository_id,
        "sha": "36e679e65c2a2fead755ae21162091293ad37834",
        "cardData": {"license": licence} if licence else None,
        "siblings": siblings,
    }


def _modelscope_listing(hub: HubServer, repository_id: str) -> object:
    files: list[dict[str, object]] = [{"Path": "onnx", "Name": "onnx", "Type": "tree", "Size": 0, "Sha256": ""}]
    for name, content in hub.repositories[repository_id].items():
        sha256 = hub.stated.get(name, hashlib.sha256(content).hexdigest())
        files.append({"Path": name, "Name": name, "Type": "blob", "Size": len(content), "Sha256": sha256})
    return {"Code": 200, "Data": {"Files": files}, "Message": "success", "Success": True}


@contextmanager
def serving(hub: HubServer) -> Iterator[HubServer]:
    """Run the hub on a free port of loopback."""
    handler = type("BoundHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def folder_content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, as a repository of the hub."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
