"""Finds the folder of real product pictures that the benchmarks measure on; it is not part of the project."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

_ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}


def picture_folder() -> Path:
    """Return the folder; ends the program with a message where there is none."""
    folder = Path(os.environ.get("JIANWEI_PICTURES", Path(__file__).parents[2] / "shared" / "pictures"))
    if not folder.is_dir():
        sys.exit(f"skipped: no folder of product pictures at {folder}; set JIANWEI_PICTURES")
    return folder


def product_pictures() -> list[Path]:
    """Return all picture files, sorted."""
    return sorted(path for path in picture_folder().rglob("*") if path.suffix.lower() in _ENDINGS)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
