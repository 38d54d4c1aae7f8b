"""Write listings into one file, its format chosen by the ending of its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from jianwei.errors import SettingsError
from jianwei.export.aside_file import written_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from jianwei.export.columns import ExportRow
    from jianwei.export.options import ExportOptions

    Writer = Callable[[Path, Iterable[ExportRow], ExportOptions], int]

# Named, not imported: openpyxl and Pillow take a third of a second that a CSV does not need.
_WRITERS: dict[str, tuple[str, str]] = {
    ".jsonl": ("jianwei.export.json_lines", "write_json_lines"),
    ".csv": ("jianwei.export.csv_file", "write_csv"),
    ".xlsx": ("jianwei.export.xlsx_file", "write_xlsx"),
}

EXPORT_ENDINGS: tuple[str, ...] = tuple(_WRITERS)


def check_export_name(path: Path) -> None:
    """Refuse a file name whose ending names no format, before any work is done.

    Raises:
        SettingsError: the ending is not one of `EXPORT_ENDINGS`.
    """
    if path.suffix.lower() not in _WRITERS:
        allowed = ", ".join(EXPORT_ENDINGS)
        raise SettingsError(
            f"{path.name} has an ending that names no export format. Allowed: {allowed}.",
            zh=f"{path.name} 的扩展名不对应任何导出格式。可用：{allowed}。",
            file=str(path),
        )


def export_listings(path: Path, rows: Iterable[ExportRow], options: ExportOptions) -> int:
    """Write the rows to `path` and return how many there were. An existing file is replaced when all is written.

    Raises:
        SettingsError: the ending names no format, or the file cannot be written.
        StorageFullError: the disk is full; what stood under the name before is still there.
    """
    check_export_name(path)
    module, name = _WRITERS[path.suffix.lower()]
    write = cast("Writer", getattr(import_module(module), name))
    with written_aside(path) as aside:
        return write(aside, rows, options)
