from __future__ import annotations

import io

from PIL import Image

from jianwei.export.evidence.story import Story


def test_what_names_a_picture_stays_on_its_page() -> None:
    story = Story("Helvetica", "zh")
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "PNG")
    story.text("a.png", with_next=True)
    story.text("SHA-256", small=True, with_next=True)
    story.picture(stream.getvalue())
    story.text("after")
    assert [bool(part.getKeepWithNext()) for part in story.parts] == [True, True, False, False]
