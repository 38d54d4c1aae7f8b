"""What goes wrong with an object store, each thing with its own message; real servers and real sockets."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.s3_server import SECRET

from jianwei.errors import (
    MissingPackageError,
    PictureStoreError,
    PictureStoreUnreachableError,
    SettingsError,
    StorageFullError,
)
from jianwei.storage.object_errors import is_transient, store_error
from jianwei.storage.object_place import parse_place
from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.s3_server import S3Server

    from jianwei.ports import PictureFiles

pytest.importorskip("fsspec")
SHA256 = "ab" * 32


def opened(url: str, *, timeout_s: float = 60.0) -> PictureFiles:
    from pathlib import Path

    return open_picture_files(Path(), url, timeout_s=timeout_s)


def test_a_missing_bucket_is_told_from_a_missing_picture(s3: S3Server) -> None:
    files = opened(s3.url("nobody-made-this"))
    for call in (
        lambda: files.put("thumbnail", SHA256, b"data"),
        lambda: files.get("thumbnail", SHA256),
        lambda: list(files.hashes("thumbnail")),
    ):
        with pytest.raises(PictureStoreError, match="no bucket or folder s3://nobody-made-this") as caught:
            call()
        assert caught.value.facts["reason"] == "no-bucket"
    assert opened(s3.url(s3.new_bucket())).get("thumbnail", SHA256) is None


def test_a_store_that_is_not_there_is_unreachable(s3: S3Server) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    files = opened(f"s3://bucket?endpoint_url={address}&key=K&secret={SECRET}", timeout_s=2.0)
    with pytest.raises(PictureStoreUnreachableError, match="s3://bucket does not answer") as caught:
        files.get("original", SHA256)
    assert SECRET not in caught.value.message + caught.value.message_zh


def test_a_store_that_says_nothing_is_given_up_after_the_time_limit(s3: S3Server) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        files = opened(f"s3://bucket?endpoint_url={address}&key=K&secret=S", timeout_s=1.0)
        with pytest.raises(PictureStoreUnreachableError):
            files.put("original", SHA256, b"data")


class Answering(BaseHTTPRequestHandler):
    """Refuses or is busy, as the server says."""

    answers: ClassVar[list[tuple[int, str]]] = []
    protocol_version = "HTTP/1.1"  # S3 clients ask whether to go on before they send a file

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        status, code = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = b"" if status == 200 else f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def answering(*answers: tuple[int, str]) -> Iterator[str]:
    handler = type("Handler", (Answering,), {"answers": list(answers)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"s3://bucket?endpoint_url=http://127.0.0.1:{server.server_port}&key=K&secret={SECRET}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_a_store_that_refuses_says_so(s3: S3Server, code: str) -> None:
    with answering((403, code)) as url, pytest.raises(PictureStoreError, match="refuses access") as caught:
        opened(url).put("original", SHA256, b"data")
    assert caught.value.facts["reason"] == "denied"
    assert "AWS_ACCESS_KEY_ID" in caught.value.message_zh
    assert SECRET not in caught.value.message + caught.value.message_zh


def test_a_busy_store_is_asked_again(s3: S3Server) -> None:
    with answering(*[(503, "SlowDown")] * 3, (200, "")) as url:
        opened(url).put("original", SHA256, b"data")


@pytest.mark.parametrize("answer", [(501, "NotImplemented"), (409, "ConditionalRequestConflict")])
def test_a_store_that_cannot_refuse_to_overwrite_or_is_asked_twice_at_once_takes_the_file(
    s3: S3Server, answer: tuple[int, str]
) -> None:
    with answering(answer, (200, "")) as url:
        opened(url).put("original", SHA256, b"data")


def test_a_connection_that_broke_is_made_anew() -> None:
    import fsspec
    from fsspec.implementations.memory import MemoryFileSystem

    breaks = iter((True, True, False))
    made: list[MemoryFileSystem] = []

    class Breaking(MemoryFileSystem):  # type: ignore[misc]  # fsspec is untyped
        protocol = "breaking"

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            made.append(self)

        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
            if next(breaks):
                raise ConnectionResetError("the other side hung up")
            super().pipe_file(path, value, mode, **options)

    fsspec.register_implementation("breaking", Breaking, clobber=True)
    files = opened("breaking://store/pictures")
    files.put("original", SHA256, b"data")
    assert files.get("original", SHA256) == b"data"
    assert len(made) == 3


def test_a_bad_answer_is_told_as_it_came(s3: S3Server) -> None:
    with answering((400, "InvalidBucketName")) as url, pytest.raises(PictureStoreError) as caught:
        opened(url).put("original", SHA256, b"data")
    assert "InvalidBucketName" in caught.value.message
    assert caught.value.facts["reason"] == "failed"


def test_an_unknown_protocol_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(SettingsError, match="begins with floppy://"):
        opened("floppy://disk/pictures").get("original", SHA256)


def test_a_relative_folder_is_refused() -> None:
    with pytest.raises(SettingsError, match="no absolute path"):
        opened("file://pictures")


def test_a_missing_package_is_named() -> None:
    error = store_error(ImportError("Install gcsfs to access GCS"), parse_place("gs://bucket"))
    assert isinstance(error, MissingPackageError)
    assert "pip install 'gcsfs'" in error.message
    assert "pip install 'gcsfs'" in error.message_zh
    missing = ModuleNotFoundError("No module named 'fsspec'", name="fsspec")
    assert "jianwei[objects]" in store_error(missing, parse_place("s3://bucket")).message
    other = store_error(ImportError('Please install "dropboxdrivefs"'), parse_place("dropbox://a"))
    assert "dropboxdrivefs" in other.message


def test_a_protocol_whose_package_is_missing_names_it() -> None:
    from importlib.util import find_spec

    if find_spec("adlfs"):
        pytest.skip("adlfs is installed")
    with pytest.raises(MissingPackageError, match="adlfs"):
        opened("az://container/prefix").get("original", SHA256)


def test_a_full_store_has_the_error_of_a_full_disk() -> None:
    error = store_error(OSError(errno.ENOSPC, "No space left"), parse_place("sftp://host/pictures"))
    assert isinstance(error, StorageFullError)
    assert "sftp://host/pictures is full" in error.message


def test_what_may_pass_is_told_from_what_may_not() -> None:
    assert is_transient(TimeoutError())
    assert is_transient(ConnectionResetError())
    assert is_transient(OSError(errno.EBUSY, "SlowDown"))
    assert is_transient(socket.gaierror(-2, "Name or service not known"))
    assert not is_transient(PermissionError())
    assert not is_transient(OSError(errno.EINVAL, "InvalidBucketName"))
    assert not is_transient(ValueError())


def test_the_secrets_of_the_url_are_cut_out_of_messages() -> None:
    place = parse_place("s3://bucket?secret=geheim-12345")
    error = store_error(ValueError("bad secret geheim-12345\nin line 2"), place)
    assert "geheim" not in error.message + error.message_zh
    assert "bad secret *** in line 2" in error.message


def test_a_write_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    files = open_picture_files(tmp_path, f"local://{tmp_path}/store", timeout_s=5.0)
    folder = tmp_path / "store" / "thumbnails" / SHA256[:2]
    (folder / SHA256).mkdir(parents=True)  # makes the exists-check pass over it and the move fail
    (folder / SHA256 / "in-the-way").write_bytes(b"x")
    files.put("thumbnail", SHA256, b"data")
    assert [path.name for path in folder.iterdir()] == [SHA256]
