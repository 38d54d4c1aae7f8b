"""Checks an evidence package: every file against its hash, the log's chain, and nothing added or left out."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jianwei.errors import SourceError
from jianwei.export.evidence.chain import broken_at
from jianwei.export.evidence.members import LOG, MANIFEST, MANIFEST_HASH
from jianwei.export.evidence.package import FORMAT
from jianwei.export.evidence.several import LIST_FORMAT
from jianwei.json_words import json_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CHUNK_BYTES = 1024 * 1024
_LARGEST_TEXT_BYTES = 64 * 1024 * 1024
"""No manifest or log is nearly as large; a zip bomb is."""


@dataclass(frozen=True, slots=True)
class PackageProblem:
    """One thing that is not as it was written."""

    file: str
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class PackageCheck:
    """What a check found; a package without problems is what was written, if its manifest's hash is the one noted.

    `listing_id` holds those of a list with commas between them.
    """

    file: Path
    manifest_sha256: str
    listing_id: str
    made_at: str
    files: int
    problems: tuple[PackageProblem, ...]


def verify_evidence(file: Path, *, expected: str = "") -> PackageCheck:
    """Check a package; `expected` is the hash of its manifest as it was noted when it was made.

    Raises:
        SourceError: the file is not there, no zip, or no evidence package.
    """
    if not file.is_file():
        raise SourceError(
            f"There is no file {file}. Give a zip that jianwei evidence has written.",
            zh=f"没有文件 {file}。请给出由 jianwei evidence 生成的 zip 文件。",
            file=str(file),
        )
    try:
        with zipfile.ZipFile(file) as archive:
            return _checked(file, archive, expected.lower().strip())
    except zipfile.BadZipFile as error:
        raise _no_package(file, "it is no whole zip file", "不是完整的 zip 文件") from error
    except (OSError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise _no_package(file, str(error) or type(error).__name__) from error


def _checked(file: Path, archive: zipfile.ZipFile, expected: str) -> PackageCheck:
    # Folders, which other tools write down too when they pack the same files again, hold nothing.
    names = [entry.filename for entry in archive.infolist() if entry.file_size or not entry.is_dir()]
    if MANIFEST not in names:
        raise _no_package(file, f"it has no {MANIFEST}", f"其中没有 {MANIFEST}")
    data = _text(archive, MANIFEST)
    digest = hashlib.sha256(data).hexdigest()
    manifest = _manifest(file, data)
    problems = [
        *_hash_of_manifest(archive, names, digest, expected),
        *_files(archive, names, manifest),
        *_log(archive, names),
    ]
    return PackageCheck(file, digest, _whose(manifest), str(manifest.get("made_at", "")), len(names), tuple(problems))


def _manifest(file: Path, data: bytes) -> Mapping[str, Any]:
    try:
        manifest = json.loads(data)
    except json.JSONDecodeError as error:
        said = json_problem(error)
        where, where_zh = f"{MANIFEST}, line {error.lineno}", f"{MANIFEST} 第 {error.lineno} 行"
        raise _no_package(file, f"{where}: {said.en}", f"{where_zh}：{said.zh}") from error
    except (ValueError, RecursionError) as error:
        raise _no_package(file, f"{MANIFEST} is not JSON", f"{MANIFEST} 不是 JSON") from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") not in (FORMAT, LIST_FORMAT)
        or not isinstance(manifest.get("files"), list)
    ):
        raise _no_package(file, f"{MANIFEST} does not say {FORMAT}", f"{MANIFEST} 未注明 {FORMAT}")
    return manifest


def _whose(manifest: Mapping[str, Any]) -> str:
    """Return the id of the listing; of a list, the ids of all with commas."""
    listings = manifest.get("listings")
    if manifest.get("format") != LIST_FORMAT or not isinstance(listings, list):
        return str(manifest.get("listing_id", ""))
    return ", ".join(str(item.get("listing_id", "")) for item in listings if isinstance(item, dict))


def _hash_of_manifest(
    archive: zipfile.ZipFile, names: list[str], digest: str, expected: str
) -> Iterator[PackageProblem]:
    written = _text(archive, MANIFEST_HASH).split()[:1] if MANIFEST_HASH in names else []
    if written != [digest.encode()]:
        yield PackageProblem(MANIFEST, "is not the one that manifest.sha256 names", "与 manifest.sha256 记录的不一致")
    if expected and expected != digest:
        yield PackageProblem(MANIFEST, f"has the hash {digest}, not {expected}", f"哈希为 {digest}，不是 {expected}")


def _files(archive: zipfile.ZipFile, names: list[str], manifest: Mapping[str, Any]) -> Iterator[PackageProblem]:
    listed: dict[str, str] = {
        str(item.get("name")): str(item.get("sha256")) for item in manifest["files"] if isinstance(item, dict)
    }
    for name in sorted(listed.keys() - set(names)):
        yield PackageProblem(name, "is missing", "缺失")
    for name in sorted(set(names) - listed.keys() - {MANIFEST, MANIFEST_HASH}):
        yield PackageProblem(name, "was added", "系后来添加")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield PackageProblem(name, "stands there twice", "重复出现")
    for name, sha256 in listed.items():
        if name in names:
            try:
                same = _sha256(archive, name) == sha256
            except (zipfile.BadZipFile, zlib.error):
                same = False
            if not same:
                yield PackageProblem(name, "was changed", "已被改动")


def _log(archive: zipfile.ZipFile, names: list[str]) -> Iterator[PackageProblem]:
    if LOG not in names:
        yield PackageProblem(LOG, "is missing", "缺失")
        return
    try:
        lines = [json.loads(line) for line in _text(archive, LOG).splitlines()]
        place = broken_at(lines)
    except (ValueError, AttributeError, zipfile.BadZipFile):
        place = 1
    if place is not None:
        yield PackageProblem(LOG, f"breaks its chain at entry {place}", f"哈希链在第 {place} 条断开")


def _text(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(_LARGEST_TEXT_BYTES + 1)
    if len(data) > _LARGEST_TEXT_BYTES:
        raise zipfile.BadZipFile(f"{name} is far too large")
    return data


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _no_package(file: Path, why: str, why_zh: str = "") -> SourceError:
    return SourceError(
        f"{file} is not an evidence package: {why}. Give a zip that jianwei evidence has written.",
        zh=f"{file} 不是证据包：{why_zh or why}。请给出由 jianwei evidence 生成的 zip 文件。",
        file=str(file),
    )
