"""The one array layout in which parts exchange a decoded picture. It has no behaviour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RgbPixels = NDArray[np.uint8]
"""(height, width, 3) uint8, RGB, after EXIF rotation, alpha laid over white."""
