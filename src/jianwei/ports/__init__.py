"""The Protocols between use cases and engines: what an engine must promise so that any other can take its place.

Shapes, order, ties and errors are part of the promise. Each Protocol has one contract suite in `tests/contracts/`
that every adapter passes.
"""

from jianwei.ports.captions import Caption, CaptionModel, CaptionReader
from jianwei.ports.catalog import Catalog, CatalogReader, CatalogWriter, Change, ChangeKind
from jianwei.ports.features import FeatureHit, FeatureIndex, FeatureReader, FeatureWriter
from jianwei.ports.files import PictureFiles
from jianwei.ports.indexes import (
    HashHit,
    HashIndex,
    ReadLines,
    TextField,
    TextHit,
    TextHits,
    TextIndex,
    VectorHits,
    VectorIndex,
)
from jianwei.ports.models import Encoder, OcrEngine

__all__ = [
    "Caption",
    "CaptionModel",
    "CaptionReader",
    "Catalog",
    "CatalogReader",
    "CatalogWriter",
    "Change",
    "ChangeKind",
    "Encoder",
    "FeatureHit",
    "FeatureIndex",
    "FeatureReader",
    "FeatureWriter",
    "HashHit",
    "HashIndex",
    "OcrEngine",
    "PictureFiles",
    "ReadLines",
    "TextField",
    "TextHit",
    "TextHits",
    "TextIndex",
    "VectorHits",
    "VectorIndex",
]
