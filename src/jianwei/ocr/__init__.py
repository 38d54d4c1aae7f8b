"""Reads the text of pictures with the PP-OCRv6 models that ship inside the `rapidocr` package."""

from jianwei.ocr.opening import open_ocr_engine, planned_engine

__all__ = ["open_ocr_engine", "planned_engine"]
