"""What the file of an evidence package is called."""

from __future__ import annotations

_UNSAFE = frozenset('\\/:*?"<>|')


def evidence_file_name(listing_id: str) -> str:
    """Return `evidence-LISTING_ID.zip` with a dash for every sign that some file system refuses."""
    part = "".join(
        "-" if character in _UNSAFE or not character.isprintable() else character for character in listing_id
    )
    return f"evidence-{part}.zip"
