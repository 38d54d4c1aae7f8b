"""Makes small workbooks with pictures, as Excel and WPS write them where openpyxl cannot."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.drawing.image import Image as SheetImage
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_NAMESPACES = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
)


def png(color: str) -> bytes:
    """Return a small picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), color).save(buffer, "PNG")
    return buffer.getvalue()


def sheet_with(rows: Sequence[Sequence[object]], anchored: Mapping[str, Sequence[str]], path: Path) -> Path:
    """Write a workbook of some rows, with pictures of some colours over cells."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    for cell, colors in anchored.items():
        for color in colors:
            sheet.add_image(SheetImage(io.BytesIO(png(color))), cell)
    workbook.save(path)
    return path


def with_parts(path: Path, parts: Mapping[str, str | bytes], *, cells: Mapping[str, str] | None = None) -> Path:
    """Add parts to a workbook, replace those of the same name, and write some cells of its sheet anew."""
    with zipfile.ZipFile(path) as archive:
        content: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = content["xl/worksheets/sheet1.xml"]
    text = sheet.decode() if isinstance(sheet, bytes) else sheet
    for cell, written in (cells or {}).items():
        start = text.index(f'<c r="{cell}"')
        end = text.index("</c>", start) + 4
        text = text[:start] + written + text[end:]
    content["xl/worksheets/sheet1.xml"] = text
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (content | dict(parts)).items():
            archive.writestr(name, data)
    return path


def wps_parts(pictures: Mapping[str, bytes]) -> dict[str, str | bytes]:
    """Return the table of pictures by id, as WPS writes it."""
    shown = "".join(
        f'<etc:cellImage><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{n}" name="{name}"/></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip r:embed="rId{n}"/></xdr:blipFill></xdr:pic></etc:cellImage>'
        for n, name in enumerate(pictures, 1)
    )
    table = f'<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData" {_NAMESPACES}>{shown}'
    return {
        "xl/cellimages.xml": f"{table}</etc:cellImages>",
        "xl/_rels/cellimages.xml.rels": _relations([f"media/wps{n}.png" for n in range(1, len(pictures) + 1)]),
        **{f"xl/media/wps{n}.png": data for n, data in enumerate(pictures.values(), 1)},
    }


def excel_parts(pictures: Sequence[bytes]) -> dict[str, str | bytes]:
    """Return the tables behind pictures placed in cells, as Excel writes them; cell n of them has vm="n"."""
    count = range(len(pictures))
    rich = 'xmlns="http://schemas.microsoft.com/office/spreadsheetml/2017/richdata"'
    values = "".join(f'<rv s="1"><v>{n}</v><v>5</v></rv>' for n in count)
    futures = "".join(f'<bk><extLst><ext><x:rvb xmlns:x="urn:x" i="{n + 1}"/></ext></extLst></bk>' for n in count)
    cells = "".join(f'<bk><rc t="1" v="{n}"/></bk>' for n in count)
    related = "".join(f'<rel r:id="rId{n + 1}"/>' for n in count)
    return {
        "xl/metadata.xml": '<metadata><metadataTypes count="1"><metadataType name="XLRICHVALUE"/></metadataTypes>'
        f'<futureMetadata name="XLRICHVALUE">{futures}</futureMetadata>'
        f"<valueMetadata>{cells}</valueMetadata></metadata>",
        "xl/richData/rdrichvaluestructure.xml": f'<rvStructures {rich}><s t="_error"><k n="errorType"/></s>'
        '<s t="_localImage"><k n="_rvRel:LocalImageIdentifier" t="i"/><k n="CalcOrigin" t="i"/></s></rvStructures>',
        "xl/richData/rdrichvalue.xml": f'<rvData {rich}><rv s="0"><v>13</v></rv>{values}</rvData>',
        "xl/richData/richValueRel.xml": f"<richValueRels {_NAMESPACES}>{related}</richValueRels>",
        "xl/richData/_rels/richValueRel.xml.rels": _relations([f"../media/rich{n}.png" for n in count]),
        **{f"xl/media/rich{n}.png": data for n, data in enumerate(pictures)},
    }


def _relations(targets: Sequence[str]) -> str:
    return _RELATIONS.format(
        "".join(f'<Relationship Id="rId{n}" Type="urn:image" Target="{name}"/>' for n, name in enumerate(targets, 1))
    )
