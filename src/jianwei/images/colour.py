"""Turn a loaded Pillow picture of any mode into RGB pixels over white.

White, because listings are shown on white pages: what a buyer sees is what is read and hashed. Colour profiles are
not applied: OCR and PDQ do not gain from it, encoders are trained on pictures read without it, and a conversion costs
more than decoding. Values of more than 8 bits are scaled, never clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from jianwei.images.pixels import RgbPixels

_WHITE = (255, 255, 255)


def rgb_pixels(image: Image.Image) -> RgbPixels:
    """Return (h, w, 3) uint8 RGB pixels of a loaded picture, transparent parts white."""
    if image.mode == "F" or image.mode.startswith("I"):
        grey = grey_from_deep(np.asarray(image))
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.has_transparency_data:
        image = _over_white(image)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def grey_from_deep(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale (h, w) grey values of more than 8 bits to uint8.

    16-bit values map 0..65535 to 0..255. Of 32-bit integers and floats no range is known: 0..1 (floats only), 0..255
    and 0..65535 are recognised by the largest value, anything above is divided by it. Negative values, NaN and
    infinities become black.
    """
    if values.dtype.itemsize == 2:
        return (values.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    numbers = values.astype(np.float32)
    np.nan_to_num(numbers, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.maximum(numbers, 0.0, out=numbers)
    largest = float(numbers.max(initial=0.0))
    is_float = np.issubdtype(values.dtype, np.floating)
    ranges = (1.0, 255.0, 65535.0) if is_float else (255.0, 65535.0)
    full = next((limit for limit in ranges if largest <= limit), largest)
    numbers /= np.float32(full)  # divide first: the largest floats must not overflow
    numbers *= np.float32(255.0)
    return np.rint(numbers, out=numbers).astype(np.uint8)


def _over_white(image: Image.Image) -> Image.Image:
    from PIL import Image as Pillow

    if image.mode == "La":  # Pillow converts premultiplied grey to LA only
        image = image.convert("LA")
    layered = image if image.mode == "RGBA" else image.convert("RGBA")
    alpha = layered.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return layered.convert("RGB")
    page = Pillow.new("RGB", layered.size, _WHITE)
    page.paste(layered, mask=alpha)
    return page
