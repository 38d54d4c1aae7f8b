"""The part of a query picture that is meant: a rectangle in pixels or in fractions of the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jianwei.errors import QueryError


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle from its top left corner, after EXIF rotation.

    Where no value is above 1 they are fractions of width and height, else pixels.
    """

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def read(cls, text: str) -> Region:
        """Read `left,top,width,height` as a person types it; `，`, `;` and spaces separate too.

        Raises:
            QueryError: these are not four numbers, or no rectangle.
        """
        parts = text.replace("，", ",").replace(";", ",").replace(",", " ").split()
        try:
            left, top, width, height = map(float, parts)
        except ValueError as error:
            raise QueryError(
                f"The region {text!r} is not four numbers. Write left,top,width,height in pixels (120,40,300,200) or "
                "as fractions of the picture (0.1,0.1,0.5,0.4).",
                zh=f"区域 {text!r} 不是四个数字。请写成“左,上,宽,高”，用像素（120,40,300,200）或占图片的比例"
                "（0.1,0.1,0.5,0.4）。",
                region=text,
            ) from error
        return cls(left, top, width, height).checked()

    @property
    def is_fractions(self) -> bool:
        """True where the values are shares of the picture, not pixels."""
        return max(self.left, self.top, self.width, self.height) <= 1.0

    def checked(self) -> Region:
        """Return the region itself when it is a rectangle, in whatever picture.

        Raises:
            QueryError: a value is negative or not finite, or there is no area.
        """
        values = (self.left, self.top, self.width, self.height)
        if not all(map(math.isfinite, values)) or min(values) < 0 or self.width == 0 or self.height == 0:
            raise QueryError(
                f"The region {self} is no rectangle: left and top are 0 or more, width and height above 0.",
                zh=f"区域 {self} 不是有效的矩形：左和上不小于 0，宽和高大于 0。",
                region=str(self),
            )
        return self

    def box_px(self, width_px: int, height_px: int) -> tuple[int, int, int, int]:
        """Return the (left, top, right, bottom) pixels of the region in a picture of this size, at least one each way.

        Raises:
            QueryError: a part of the region is outside the picture.
        """
        across, down = (width_px, height_px) if self.is_fractions else (1, 1)
        left, top = self.left * across, self.top * down
        right, bottom = left + self.width * across, top + self.height * down
        # Half a pixel of tolerance: fractions come from clients that have rounded.
        if right > width_px + 0.5 or bottom > height_px + 0.5 or left >= width_px or top >= height_px:
            raise QueryError(
                f"The region {self} reaches outside the picture, which is {width_px} × {height_px} pixels. Give "
                "left,top,width,height inside it.",
                zh=f"区域 {self} 超出图片范围，图片为 {width_px} × {height_px} 像素。请给出图内的“左,上,宽,高”。",
                region=str(self),
            )
        first_x, first_y = int(left), int(top)
        last_x = min(width_px, max(first_x + 1, round(right)))
        last_y = min(height_px, max(first_y + 1, round(bottom)))
        return first_x, first_y, last_x, last_y

    def __str__(self) -> str:
        return ",".join(f"{value:g}" for value in (self.left, self.top, self.width, self.height))


def region_without_its_picture(pictures: int) -> QueryError:
    """Return the error of a region where there is not just one picture for it."""
    return QueryError(
        f"A region is a part of one picture; {pictures} are given. Give the picture it belongs to.",
        zh=f"区域只对一张图片有效，现在给了 {pictures} 张。请给出它所属的那一张图片。",
        count=pictures,
    )
