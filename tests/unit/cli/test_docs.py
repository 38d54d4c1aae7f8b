from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import get_type_hints

import pytest

from jianwei.cli import exit_codes
from jianwei.cli.command_table import ENTRIES, Entry
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.query_lines import QUERY_FIELDS
from jianwei.cli.specification import parameters_of
from jianwei.export import json_models, json_shapes
from jianwei.export.columns import COLUMNS
from jianwei.export.listings_file import EXPORT_ENDINGS

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {name: (DOCS / name).read_text("utf-8") for name in ("cli.md", "cli.zh.md")}
SECTIONS: dict[str, dict[str, str]] = {
    name: dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    for name, page in PAGES.items()
}
COMMON_OPTIONS = {"cli.md": "Common options", "cli.zh.md": "通用选项"}
on_both_pages = pytest.mark.parametrize("page", PAGES)
SHAPES = [
    kind
    for module in (json_shapes, json_models)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if hasattr(kind, "__total__")
]
# Which section tells the fields of which shape.
SECTION_OF = {
    "SearchJson": "search",
    "RoutingJson": "search",
    "TuneJson": "tune",
    "TunedKindJson": "tune",
    "HitJson": "search",
    "HitPictureJson": "search",
    "PictureFoldJson": "search",
    "FoldedListingJson": "search",
    "HighlightJson": "search",
    "ChannelOffJson": "search",
    "FacetsJson": "search",
    "ListingJson": "show",
    "PictureJson": "show",
    "OcrLineJson": "show",
    "CodeJson": "show",
    "CaseJson": "show",
    "IngestJson": "ingest",
    "WatchRunJson": "watch run",
    "EmbedJson": "embed",
    "FilledSpaceJson": "embed",
    "FailureJson": "ingest",
    "StatsJson": "stats",
    "IndexJson": "stats",
    "CheckJson": "doctor",
    "ModelJson": "models list",
    "KnownModelJson": "models list",
    "RemoteModelJson": "models list",
    "ModelFileJson": "models info",
    "BenchJson": "models bench",
}


def _section(page: str, name: str) -> str:
    return next(text for heading, text in SECTIONS[page].items() if heading.startswith(f"`jianwei {name}"))


@on_both_pages
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_command_has_a_section_that_names_all_its_options(entry: Entry, page: str) -> None:
    heading = next(heading for heading in SECTIONS[page] if heading.startswith(f"`jianwei {entry.name}"))
    for parameter in parameters_of(entry.load().options):
        if parameter.is_option:
            assert all(re.search(rf"`{flag}[ `]", _section(page, entry.name)) for flag in parameter.flags), (
                parameter.name
            )
        else:
            assert parameter.label in heading


@on_both_pages
def test_the_common_options_are_told_once(page: str) -> None:
    for parameter in parameters_of(CommonOptions):
        assert all(f"`{flag}" in SECTIONS[page][COMMON_OPTIONS[page]] for flag in parameter.flags)


@on_both_pages
def test_no_option_is_told_that_there_is_not(page: str) -> None:
    known = {"--help", "-h", "--version"}
    all_options: list[type] = [CommonOptions, *(entry.load().options for entry in ENTRIES)]
    for options in all_options:
        known |= {flag for parameter in parameters_of(options) for flag in parameter.flags}

    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", PAGES[page])) <= known


@on_both_pages
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_of_json_is_told_where_it_comes(shape: type, page: str) -> None:
    section = _section(page, SECTION_OF[shape.__name__])

    assert [name for name in get_type_hints(shape) if f"`{name}`" not in section] == []


@on_both_pages
def test_fields_of_queries_columns_and_endings_of_exports_are_told(page: str) -> None:
    assert [name for name in QUERY_FIELDS if f"`{name}`" not in _section(page, "search")] == []
    assert [column.name for column in COLUMNS if f"`{column.name}`" not in _section(page, "export")] == []
    assert [ending for ending in EXPORT_ENDINGS if f"`{ending}`" not in _section(page, "export")] == []


@on_both_pages
def test_every_exit_code_is_told(page: str) -> None:
    codes = {exit_codes.OK, exit_codes.INTERRUPTED, exit_codes.PIPE_CLOSED, *exit_codes._CODES.values()}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGES[page], re.MULTILINE)} == codes
