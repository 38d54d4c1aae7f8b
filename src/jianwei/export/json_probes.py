"""Probes and what they say, as JSON objects."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.probing import Probed
    from jianwei.ports.probes import ProbeVoice
    from jianwei.training.probe import TypeScore


def probed_json(probed: Probed, kept: Sequence[TypeScore]) -> dict[str, Any]:
    """Return what was measured and which heads are kept."""
    return {
        "space": probed.space or None,
        "text": probed.has_grams,
        "listings": probed.listings,
        "types": [{**asdict(score), "beats_prior": score.beats_prior} for score in probed.report.types],
        "left_out": list(probed.report.left_out),
        "kept": [score.label for score in kept],
    }


def voice_json(voice: ProbeVoice) -> dict[str, Any]:
    """Return what one head says of a listing."""
    return asdict(voice)
