"""Every error that Jianwei raises on purpose, in one tree.

    JianweiError
    ├── SettingsError            a setting has a value that cannot be used
    ├── SourceError              a source of listings cannot be read at all
    │   └── MappingError         a needed column or field is not there
    ├── PictureError             one picture cannot be used
    │   ├── PictureFetchError    its bytes cannot be had (path, archive, URL)
    │   └── PictureDecodeError   its bytes are not a picture we can read
    ├── CatalogError             the catalog cannot be opened, read or written
    │   ├── CatalogVersionError  it was written by a newer Jianwei
    │   ├── WriterLockedError    another process is writing
    │   ├── CatalogUnreachableError  the database server cannot be reached
    │   └── StorageFullError     the disk is full
    ├── PictureStoreError        the object store that holds thumbnails and originals refuses
    │   └── PictureStoreUnreachableError  it does not answer
    ├── IndexCorruptError        an index file cannot be used; it is rebuilt from the catalog
    ├── IndexServerError         the server that keeps the indexes does not answer as it should
    ├── VectorError              a vector or its key cannot be used
    ├── ModelError               a model cannot be loaded or run
    │   ├── MissingPackageError  an optional package is not installed
    │   └── HubError             a model hub cannot be reached, or its answer cannot be used
    ├── ClusterError             the Ray cluster that works on pictures cannot be used, or not any more
    ├── RulebookError            rules cannot be used: a file is broken, or a rule of that name is not there
    ├── JudgementError           judgements of an evaluation, or its results, cannot be used
    ├── TrainingError            a model cannot be trained, or not any further
    ├── QueryError               a query cannot be understood
    ├── NotFoundError            nothing has the given id
    ├── ConflictError            it clashes with what is there or with what somebody else did meanwhile
    ├── AccessError              somebody may not do what was asked
    │   ├── SignInError          name, password, session or token is missing or wrong
    │   ├── ForbiddenError       the role or the scopes of a token do not allow it
    │   └── TooManyRequestsError too often; later it may work
    ├── AccountError             the name, password or scope of an account cannot be used
    ├── RequestError             an HTTP request cannot be used
    └── AuditError               the audit log is not what was written

A message is one or two sentences for people: what came, what was allowed, what to do next. It is written in English
and Chinese where it is raised, because only that place knows the facts; a face picks the language.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class JianweiError(Exception):
    """Base of all errors that Jianwei raises on purpose.

    Args:
        message: the message in English.
        zh: the same message in Chinese.
        facts: the values named in the message, kept for programs: JSON values only.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, zh: str, **facts: str | float | None) -> None:
        super().__init__(message)
        self.message = message
        self.message_zh = zh
        self.facts = facts

    def text(self, language: Language) -> str:
        """Return the message in the given language."""
        return self.message_zh if language == "zh" else self.message


class SettingsError(JianweiError):
    """A setting has a value that cannot be used."""

    code = "settings"


class SourceError(JianweiError):
    """A source of listings cannot be read at all."""

    code = "source"


class MappingError(SourceError):
    """A needed column or field is not in the source."""

    code = "mapping"


class PictureError(JianweiError):
    """One picture cannot be used.

    `reason` is a stable word for programs and statistics, such as `truncated` or `too-large`.
    """

    code = "picture"

    def __init__(self, message: str, *, zh: str, reason: str, **facts: str | float | None) -> None:
        super().__init__(message, zh=zh, reason=reason, **facts)
        self.reason = reason


class PictureFetchError(PictureError):
    """The bytes of a picture cannot be had.

    `transient` is true where trying again later can help (a time-out, a server error).
    """

    code = "picture-fetch"

    def __init__(
        self,
        message: str,
        *,
        zh: str,
        reason: str,
        transient: bool = False,
        **facts: str | float | None,
    ) -> None:
        super().__init__(message, zh=zh, reason=reason, **facts)
        self.transient = transient


class PictureDecodeError(PictureError):
    """The bytes of a picture are not a picture we can read."""

    code = "picture-decode"


class CatalogError(JianweiError):
    """The catalog cannot be opened, read or written."""

    code = "catalog"


class CatalogVersionError(CatalogError):
    """The catalog was written by a newer Jianwei."""

    code = "catalog-version"


class WriterLockedError(CatalogError):
    """Another process is writing to the library."""

    code = "writer-locked"


class CatalogUnreachableError(CatalogError):
    """The server of the catalog's database cannot be reached, or the connection to it broke. Later it may work."""

    code = "catalog-unreachable"


class StorageFullError(CatalogError):
    """The disk that holds the library or the models is full."""

    code = "storage-full"


class PictureStoreError(JianweiError):
    """The object store that holds thumbnails and kept originals refuses: no rights, no such bucket, a bad answer."""

    code = "picture-store"


class PictureStoreUnreachableError(PictureStoreError):
    """The object store does not answer. Later it may work."""

    code = "picture-store-unreachable"


class IndexCorruptError(JianweiError):
    """An index file cannot be used. It is derived data: it is rebuilt from the catalog."""

    code = "index-corrupt"


class IndexServerError(JianweiError):
    """The server that keeps the indexes does not answer, does not let us in, or refuses. The catalog has everything."""

    code = "index-server"


class VectorError(JianweiError):
    """A vector or its key cannot be used: of the wrong length, not finite, not a unit vector, or a negative key."""

    code = "vector"


class ModelError(JianweiError):
    """A model cannot be loaded or run."""

    code = "model"


class MissingPackageError(ModelError):
    """An optional package is not installed; the message names the command that installs it."""

    code = "missing-package"


class TrainingError(JianweiError):
    """A model cannot be trained on this data, or not any further; the message says what is kept."""

    code = "training"


class HubError(ModelError):
    """A model hub cannot be reached, or its answer cannot be used.

    `transient` is true where trying again later can help (a time-out, a server error).
    """

    code = "hub"

    def __init__(self, message: str, *, zh: str, transient: bool = False, **facts: str | float | None) -> None:
        super().__init__(message, zh=zh, **facts)
        self.transient = transient


class ClusterError(JianweiError):
    """The Ray cluster that works on pictures cannot be reached, is too small, differs from here, or keeps dying."""

    code = "cluster"


class RulebookError(JianweiError):
    """The rulebook cannot be used: a file is broken, or nothing in it has the given name."""

    code = "rulebook"


class JudgementError(JianweiError):
    """Judgements of an evaluation, or the results of one, cannot be used."""

    code = "judgement"


class QueryError(JianweiError):
    """A query cannot be understood."""

    code = "query"


class NotFoundError(JianweiError):
    """Nothing in the library has the given id."""

    code = "not-found"


class ConflictError(JianweiError):
    """What was asked clashes with what is there, or with what somebody else did meanwhile."""

    code = "conflict"


class AccessError(JianweiError):
    """Somebody may not do what was asked."""

    code = "access"


class SignInError(AccessError):
    """A name, password, session or token is missing or wrong."""

    code = "sign-in"


class ForbiddenError(AccessError):
    """The role of an account or the scopes of a token do not allow what was asked."""

    code = "forbidden"


class TooManyRequestsError(AccessError):
    """Somebody asked too often; the fact `retry_after_s` says when it may work again."""

    code = "too-many-requests"


class AccountError(JianweiError):
    """The name, password or scope of an account cannot be used."""

    code = "account"


class RequestError(JianweiError):
    """An HTTP request cannot be used: too large, of the wrong form, or not meant for this host."""

    code = "request"


class AuditError(JianweiError):
    """The audit log is not what was written: changed, cut or mixed."""

    code = "audit"
