from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from jianwei.images.codes import read_codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

WECHAT = "https://u.wechat.com/MAbc123xyz"


def code(content: str, scale: int = 6) -> NDArray[np.uint8]:
    """Return a QR code as another program draws it."""
    cells = np.asarray(cv2.QRCodeEncoder.create().encode(content), np.uint8)
    drawn = np.kron(cells, np.ones((scale, scale), np.uint8))
    return np.repeat(np.pad(drawn, 4 * scale, constant_values=255)[:, :, None], 3, axis=2)


def on_page(*codes: NDArray[np.uint8], height: int = 900, width: int = 750) -> NDArray[np.uint8]:
    page = np.full((height, width, 3), 200, np.uint8)
    for number, drawn in enumerate(codes):
        top, left = 60 + number * 420, 80
        page[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return page


def test_a_code_is_read_with_its_place() -> None:
    (found,) = read_codes(on_page(code(WECHAT)))
    assert (found.format, found.content) == ("qr", WECHAT)
    assert found.box is not None
    (left, top), _, (right, bottom), _ = found.box
    assert (left, top) == pytest.approx((80 + 24 + 12, 60 + 24 + 12), abs=6)  # and two cells that the encoder leaves
    assert right > left
    assert bottom > top


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_code_is_read(turns: int) -> None:
    assert [found.content for found in read_codes(np.rot90(on_page(code(WECHAT)), turns))] == [WECHAT]


def test_a_code_on_a_dark_ground_is_read() -> None:
    assert [found.content for found in read_codes(255 - on_page(code(WECHAT)))] == [WECHAT]


def test_several_codes_are_read_and_equal_ones_once() -> None:
    contents = {found.content for found in read_codes(on_page(code(WECHAT), code("加群 88776655")))}
    assert contents == {WECHAT, "加群 88776655"}
    assert len(read_codes(on_page(code(WECHAT), code(WECHAT)))) == 1


def test_line_ends_in_a_code_become_blanks() -> None:
    (found,) = read_codes(on_page(code("BEGIN:VCARD\nTEL:13812345678\nEND:VCARD")))
    assert found.content == "BEGIN:VCARD TEL:13812345678 END:VCARD"


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (3, 3, 3), (400, 2, 3)])
def test_small_and_plain_pictures_have_none(shape: tuple[int, int, int]) -> None:
    assert read_codes(np.zeros(shape, np.uint8)) == ()


def test_noise_has_none() -> None:
    assert read_codes(np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)) == ()
