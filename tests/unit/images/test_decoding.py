"""Every odd and every bad file: it decodes to what a browser shows, or is refused with the right reason."""

from __future__ import annotations

import io
import threading
import time
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.images.made_pictures import (
    BLUE,
    HEIC_TURNED,
    RED,
    busy,
    encoded,
    exif,
    four_corners,
    png_chunk,
    png_of_size,
)

from jianwei.errors import PictureDecodeError
from jianwei.images.decoding import DecodedPicture, decode_picture

LIMIT = 200_000_000


def decode(data: bytes) -> DecodedPicture:
    return decode_picture(data, max_pixels=LIMIT)


def refused(data: bytes, *, max_pixels: int = LIMIT) -> PictureDecodeError:
    with pytest.raises(PictureDecodeError) as raised:
        decode_picture(data, max_pixels=max_pixels)
    assert raised.value.message
    assert raised.value.message_zh
    return raised.value


def outcome(data: bytes, *, max_pixels: int = LIMIT) -> DecodedPicture | str:
    """Return the picture, or the reason why there is none. Any other exception goes through and fails the test."""
    try:
        return decode_picture(data, max_pixels=max_pixels)
    except PictureDecodeError as error:
        return error.reason


def near(pixel: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() <= 8)


FILES = {
    "jpeg": encoded(four_corners(), "JPEG", quality=90),
    "jpeg-progressive": encoded(four_corners(), "JPEG", quality=90, progressive=True),
    "png": encoded(four_corners(), "PNG"),
    "png-palette": encoded(four_corners().quantize(), "PNG"),
    "gif": encoded(four_corners(), "GIF"),
    "webp": encoded(four_corners(), "WEBP", quality=90),
    "webp-lossless": encoded(four_corners(), "WEBP", lossless=True),
    "bmp": encoded(four_corners(), "BMP"),
    "tiff": encoded(four_corners(), "TIFF"),
    "tiff-lzw": encoded(four_corners(), "TIFF", compression="tiff_lzw"),
    "avif": encoded(four_corners(), "AVIF", quality=90),
}


@pytest.mark.parametrize("name", FILES)
def test_each_format_decodes_to_the_same_picture(name: str) -> None:
    picture = decode(FILES[name])
    assert picture.format == name.split("-", maxsplit=1)[0]
    assert (picture.width_px, picture.height_px, picture.frames, picture.missing_px) == (64, 48, 1, 0)
    assert picture.pixels.shape == (48, 64, 3)
    assert picture.pixels.dtype == np.uint8
    assert near(picture.pixels[4, 4], RED)
    assert near(picture.pixels[-4, -4], BLUE)
    assert near(picture.pixels[4, -4], (255, 255, 255))


def test_heic_decodes_upright() -> None:
    picture = decode(HEIC_TURNED)
    assert (picture.format, picture.width_px, picture.height_px) == ("heic", 48, 64)
    assert near(picture.pixels[4, -4], RED)


def turned_by_exif_alone(data: bytes) -> bytes:
    """Return a HEIC or AVIF whose EXIF still says that it is turned, and whose box of rotation says by nothing."""
    angle = data.index(b"irot") + 4
    assert data[angle] == 3
    return data[:angle] + b"\x00" + data[angle + 1 :]


def test_only_the_rotation_box_turns_heic_and_avif_as_iso_23008_12_demands() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    heic, avif = HEIC_TURNED, encoded(four_corners(), "AVIF", quality=90, exif=exif)
    for data in (heic, avif):
        assert near(decode(data).pixels[4, -4], RED)
        as_stored = decode(turned_by_exif_alone(data))
        assert (as_stored.width_px, as_stored.height_px) == (64, 48)
        assert near(as_stored.pixels[4, 4], RED)


def test_pixels_cannot_be_written_because_stages_share_them() -> None:
    for data in FILES.values():
        assert not decode(data).pixels.flags.writeable


# --- odd pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "red_corner"),
    [(1, "tl"), (2, "tr"), (3, "br"), (4, "bl"), (5, "tl"), (6, "tr"), (7, "br"), (8, "bl")],
)
def test_exif_orientation_is_applied(file_format: str, orientation: int, red_corner: str) -> None:
    image = Image.new("RGB", (64, 48), (255, 255, 255))
    image.paste(RED, (0, 0, 32, 24))
    picture = decode(encoded(image, file_format, exif=exif(orientation)))
    assert (picture.width_px, picture.height_px) == ((48, 64) if orientation >= 5 else (64, 48))
    row = 4 if red_corner[0] == "t" else -4
    column = 4 if red_corner[1] == "l" else -4
    assert near(picture.pixels[row, column], RED)
    assert near(picture.pixels[-row, -column], (255, 255, 255))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_out_of_range_means_upright(orientation: int) -> None:
    assert decode(encoded(four_corners(), "JPEG", exif=exif(orientation))).width_px == 64


@pytest.mark.parametrize(
    "block", [b"", b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00" + b"M" * 40]
)
def test_broken_exif_is_ignored(block: bytes) -> None:
    assert decode(encoded(four_corners(), "JPEG", exif=block)).width_px == 64


def test_exif_with_torn_tags_gives_no_warning() -> None:
    block = bytearray(exif(6))
    block[-14:-12] = b"\xff\x7f"  # more entries than there are
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode(encoded(four_corners(), "JPEG", exif=bytes(block)))
    assert not caught


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_are_white(file_format: str) -> None:
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 10, 10))
    options = {"lossless": True} if file_format == "WEBP" else {}
    pixels = decode(encoded(image, file_format, **options)).pixels
    assert pixels[5, 2].tolist() == list(RED)
    assert pixels[5, 15].tolist() == [255, 255, 255]


def test_half_transparent_black_is_grey() -> None:
    pixels = decode(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG")).pixels
    assert abs(int(pixels[0, 0, 0]) - 127) <= 1


def test_transparent_palette_and_grey_are_laid_over_white() -> None:
    grey = Image.new("LA", (4, 4), (0, 0))
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([9, 9, 9, *BLUE])
    assert decode(encoded(grey, "PNG")).pixels[0, 0].tolist() == [255, 255, 255]
    assert decode(encoded(palette, "PNG", transparency=1)).pixels[0, 0].tolist() == [255, 255, 255]
    assert decode(encoded(palette, "PNG", transparency=b"\xff\x00")).pixels[0, 0].tolist() == [255, 255, 255]
    assert decode(encoded(palette, "PNG", transparency=0)).pixels[0, 0].tolist() == list(BLUE)
    assert decode(encoded(palette, "GIF", transparency=1)).pixels[0, 0].tolist() == [255, 255, 255]


def test_a_single_transparent_colour_is_white() -> None:
    image = Image.new("RGB", (4, 4), RED)
    assert decode(encoded(image, "PNG", transparency=RED)).pixels[0, 0].tolist() == [255, 255, 255]
    assert decode(encoded(Image.new("L", (4, 4), 7), "PNG", transparency=7)).pixels[0, 0].tolist() == [255, 255, 255]


def test_one_bit_pictures_are_black_and_white() -> None:
    image = Image.new("1", (10, 10), 1)
    image.paste(0, (0, 0, 5, 10))
    pixels = decode(encoded(image, "PNG")).pixels
    assert pixels[3, 2].tolist() == [0, 0, 0]
    assert pixels[3, 8].tolist() == [255, 255, 255]


def test_16_bit_grey_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    pixels = decode(encoded(Image.fromarray(ramp), "PNG")).pixels
    assert np.abs(pixels[:, :, 0].reshape(-1).astype(int) - np.arange(256)).max() <= 1
    assert (pixels[:, :, 0] == pixels[:, :, 2]).all()


def test_16_bit_grey_tiff_is_scaled_in_both_byte_orders() -> None:
    grey = Image.fromarray(np.full((8, 8), 257 * 99, np.uint16))
    little = encoded(grey, "TIFF")
    assert decode(little).pixels[0, 0].tolist() == [99, 99, 99]


def test_16_bit_colour_png_keeps_its_colours() -> None:
    row = b"\x00" + (200 * 257).to_bytes(2, "big") + (30 * 257).to_bytes(2, "big") * 2
    header = (1).to_bytes(4, "big") * 2 + bytes([16, 2, 0, 0, 0])
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(row)) + png_chunk(b"IEND", b"")
    assert decode(b"\x89PNG\r\n\x1a\n" + chunks).pixels[0, 0].tolist() == list(RED)


def test_floating_point_tiff_is_scaled() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    pixels = decode(encoded(Image.fromarray(ramp), "TIFF")).pixels
    assert (pixels[0, 0, 0], pixels[-1, -1, 0]) == (0, 255)


def test_cmyk_jpeg_has_the_colours_it_prints() -> None:
    picture = decode(encoded(four_corners().convert("CMYK"), "JPEG", quality=95))
    assert near(picture.pixels[4, 4], RED)
    assert near(picture.pixels[-4, -4], BLUE)
    assert near(picture.pixels[4, -4], (255, 255, 255))


def test_grey_jpeg_and_cmyk_tiff_decode() -> None:
    assert near(decode(encoded(Image.new("L", (9, 9), 77), "JPEG")).pixels[4, 4], (77, 77, 77))
    assert near(decode(encoded(four_corners().convert("CMYK"), "TIFF")).pixels[4, 4], RED)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_extreme_shapes_decode(size: tuple[int, int], file_format: str) -> None:
    picture = decode(encoded(Image.new("RGB", size, RED), file_format))
    assert (picture.width_px, picture.height_px) == size
    assert near(picture.pixels[0, 0], RED)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_an_animation_the_first_frame_is_taken_and_all_are_counted(file_format: str) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in (RED, BLUE, (10, 200, 10))]
    options = {"lossless": True} if file_format == "WEBP" else {}
    picture = decode(encoded(frames[0], file_format, save_all=True, append_images=frames[1:], **options))
    assert picture.frames == 3
    assert near(picture.pixels[5, 5], RED)


def test_a_sound_animation_with_odd_chunks_gives_no_warning() -> None:
    frames = [busy(seed=seed) for seed in range(2)]
    data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    at = data.index(b"acTL") - 4
    twice = data[:at] + data[at : at + 20] + data[at:]
    assert decode(twice).frames == 2


def test_the_name_of_a_file_plays_no_part() -> None:
    """Only bytes come in: a WebP served as .jpg decodes by its content."""
    assert decode(FILES["webp"]).format == "webp"


def test_trailing_rubbish_is_no_harm() -> None:
    for name in ("jpeg", "png", "gif", "bmp"):
        assert decode(FILES[name] + b"\x00" * 100 + b"<!-- cdn -->").width_px == 64


# --- bad files ------------------------------------------------------------------------------------------------------


def test_zero_bytes_are_empty() -> None:
    assert refused(b"").reason == "empty"


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        (b"\xef\xbb\xbf\r\n <HTML><head></head></HTML>", "HTML"),
        (b'{"error": "not found"}', "JSON"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<svg width='10'></svg>", "SVG"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        ("图片不存在".encode(), "plain text"),
        ("图片不存在".encode("gb18030"), "plain text"),
        (b"\x00" * 300, "zero bytes"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "MP4"),
        (b"\x01\x02\x03\x04\x05", "unknown"),
        (b"8BPS\x00\x01", "Photoshop"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, looks_like: str) -> None:
    error = refused(data)
    assert error.reason == "not-a-picture"
    assert looks_like in error.message


BOMBS = {
    "png": png_of_size(30_000, 30_000),
    "gif": b"GIF89a" + b"\xff\xff\xff\xff\x00\x00\x00" + FILES["gif"][13:],
    "bmp": b"BM"
    + b"\x00" * 12
    + (40).to_bytes(4, "little")
    + (30_000).to_bytes(4, "little") * 2
    + b"\x01\x00\x18"
    + b"\x00" * 25,
    "webp": b"RIFF\x2a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + b"\x00" * 4 + b"\xff\xff\x3f" * 2 + b"\x00" * 20,
    "jpeg": FILES["jpeg"].replace(b"\x00\x30\x00\x40", b"\xff\xdc\xff\xdc", 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_huge_picture_is_refused_from_its_header(name: str) -> None:
    Image.init()  # so that importing plugins is not measured
    tracemalloc.start()
    started = time.process_time()
    error = refused(BOMBS[name])
    elapsed_ms = (time.process_time() - started) * 1000
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.reason == "too-large"
    assert "JIANWEI_MAX_PICTURE_PIXELS" in error.message
    assert elapsed_ms < 500  # milliseconds in truth; decoding would take seconds
    assert peak_bytes < 50_000_000


def test_a_frame_larger_than_its_canvas_is_refused() -> None:
    data = bytearray(FILES["gif"])
    at = data.index(b",", 13 + 3 * 256 if data[10] & 7 == 7 else 13)
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    assert refused(bytes(data)).reason in {"too-large", "truncated", "damaged"}


def test_the_limit_is_inclusive() -> None:
    assert decode_picture(FILES["png"], max_pixels=64 * 48).width_px == 64
    assert refused(FILES["png"], max_pixels=64 * 48 - 1).reason == "too-large"


def test_pillows_own_limit_neither_matters_nor_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for name in ("jpeg", "png", "gif", "bmp", "avif"):
        assert decode(FILES[name]).width_px == 64
    assert Image.MAX_IMAGE_PIXELS == 100


def test_memory_that_runs_out_is_a_failure_of_this_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("jianwei.images.decoding.rgb_pixels", exhausted)
    assert refused(FILES["png"]).reason == "out-of-memory"


TRUNCATABLE = {
    "jpeg": encoded(busy(), "JPEG", quality=85),
    "jpeg-progressive": encoded(busy(), "JPEG", quality=85, progressive=True),
    "png": encoded(busy(), "PNG"),
    "webp": encoded(busy(), "WEBP"),
    "gif": encoded(busy(), "GIF"),
    "bmp": encoded(busy(), "BMP"),
    "avif": encoded(busy(), "AVIF"),
    "heic": HEIC_TURNED,
}


@pytest.mark.parametrize("name", TRUNCATABLE)
@settings(deadline=None, max_examples=40)
@given(share=st.floats(0.02, 0.85))
def test_a_file_cut_short_is_called_truncated(name: str, share: float) -> None:
    data = TRUNCATABLE[name]
    cut = data[: max(16, int(len(data) * share))]
    assert refused(cut).reason == "truncated"


@pytest.mark.parametrize("name", TRUNCATABLE)
def test_of_a_file_that_lacks_its_last_bytes_only_whole_pictures_are_used(name: str) -> None:
    data = TRUNCATABLE[name]
    whole = decode(data)
    for lost in (1, 2, 3, 8, 12, 40):
        picture = outcome(data[:-lost])
        if isinstance(picture, DecodedPicture):
            # The blocks at the cut, 16 rows and one for the colour blended into them, may be wrong.
            kept = picture.height_px - (17 + picture.missing_px if name == "jpeg" else 0)
            assert (picture.pixels[:kept] == whole.pixels[:kept]).all()
        else:
            assert picture == "truncated"


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif"])
def test_damage_inside_a_file_never_raises_anything_else(name: str) -> None:
    data = TRUNCATABLE[name]
    random = np.random.default_rng(4)
    for _ in range(150):
        damaged = bytearray(data)
        for at in random.integers(16, len(data), 3):
            damaged[at] = int(random.integers(256))
        picture = outcome(bytes(damaged))
        assert isinstance(picture, DecodedPicture) or picture in {"truncated", "damaged", "too-large"}


_STARTS = [b"", *(data[:n] for data in [*FILES.values(), HEIC_TURNED] for n in (3, 12, 30, 60, 200))]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(_STARTS), st.binary(max_size=300))
@example(b"BM", b"\x00" * 60)
@example(b"RIFF\x00\x00\x00\x00WEBP", b"VP8X")
@example(b"II*\x00", b"\x08\x00\x00\x00" + b"\xff" * 40)
def test_any_bytes_decode_or_raise_a_picture_error(start: bytes, rest: bytes) -> None:
    picture = outcome(start + rest, max_pixels=4_000_000)
    if isinstance(picture, DecodedPicture):
        assert picture.pixels.shape == (picture.height_px, picture.width_px, 3)


# --- threads --------------------------------------------------------------------------------------------------------


def test_threads_decode_the_same_pixels_and_leave_no_trace() -> None:
    filters = list(warnings.filters)
    expected = {name: decode(data).pixels for name, data in FILES.items()}
    start = threading.Barrier(4)

    def work(_thread: int) -> bool:
        start.wait()
        return all((decode(FILES[name]).pixels == expected[name]).all() for name in FILES for _ in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
    assert list(warnings.filters) == filters


def test_a_long_detail_page_decodes() -> None:
    assert decode(encoded(Image.new("L", (750, 20_000), 240), "PNG")).pixels.shape == (20_000, 750, 3)


def test_pillow_has_not_been_told_to_accept_truncated_files() -> None:
    from PIL import ImageFile

    decode(TRUNCATABLE["jpeg"][:-2])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(TRUNCATABLE["jpeg"][:-2])).load()
