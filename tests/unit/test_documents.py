"""What READMEs and documentation point at is there: files and headings behind links, code and tests by their paths."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "jianwei"
ROOMS = sorted(SOURCES.glob("**/README.md"))
PAGES = [
    *(ROOT / name for name in ("README.md", "README.en.md", "CHANGELOG.md")),
    *sorted(page for folder in ("docs", "samples", "tests") for page in (ROOT / folder).rglob("*.md")),
    *ROOMS,
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# One letter alone (`commands/x.py`) stands for any name.
CODE_PATH = re.compile(r"`([A-Za-z0-9_*/.-]+/[A-Za-z0-9_*.-]{2,}\.(?:py|yaml|md|html))`")
MODULE = re.compile(r"`([a-z0-9_*]{2,}\.py)`")
LONG_LINES = 150
"""From this length on a page leads to its sections from its first screen."""
ROW = re.compile(r"^\|.*", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"--[a-z-]+|JIANWEI_\w+|[a-z]+_[a-z_]+")
"""Options, settings, fields and tables: they have no other name in Chinese."""
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def anchors(page: Path) -> tuple[str, ...]:
    """Return the anchors of the headings of a page in their order, as GitHub and Gitee make them."""
    titles = HEADING.findall(page.read_text("utf-8"))
    return tuple(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


def section(page: Path, target: str) -> tuple[str, int]:
    """Return where a link of a page leads in either language: the file without its language, and which heading."""
    file, _, anchor = target.partition("#")
    linked = (page.parent / file).resolve() if file else page
    return file.replace(".zh.md", ".md"), anchors(linked).index(anchor) if anchor else -1


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (page.parent / file).resolve() if file else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_named_by_their_path_are_there(page: Path) -> None:
    places = (page.parent, ROOT, SOURCES, ROOT / "samples", ROOT / "tests")
    for path in CODE_PATH.findall(page.read_text("utf-8")):
        assert any(any(place.glob(path)) for place in places), path


@pytest.mark.parametrize("page", ROOMS, ids=named)
def test_modules_that_a_room_names_are_there(page: Path) -> None:
    for name in MODULE.findall(page.read_text("utf-8")):
        assert any(SOURCES.rglob(name)) or any((ROOT / "tests").rglob(name)), name


def test_every_room_has_a_readme() -> None:
    rooms = {file.parent for file in SOURCES.rglob("*.py") if file.name != "__init__.py"} - {SOURCES}
    without = {room for room in rooms if not (room / "README.md").exists()}

    assert sorted(named(room) for room in without if "migrations" not in room.parts) == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=named)
def test_long_pages_lead_to_their_sections_from_the_top(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    if len(lines) > LONG_LINES:
        assert len(re.findall(r"\]\(#", "\n".join(lines[:50]))) >= 4


def test_both_readmes_show_the_same_commands_tables_and_links() -> None:
    chinese, english = (page.read_text("utf-8") for page in PAGES[:2])
    for pattern in (r"^## ", r"^\|", r"^- ", r"^    (?:make|\.venv/bin/jianwei) \S+"):
        in_chinese, in_english = (len(re.findall(pattern, text, re.MULTILINE)) for text in (chinese, english))
        assert in_chinese == in_english, pattern
    pages = [
        [section(page, link) for link in LINK.findall(text) if not link.startswith("README")]
        for page, text in zip(PAGES, (chinese, english), strict=False)
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.zh.md")), ids=named)
def test_chinese_pages_have_the_sections_tables_and_lists_of_the_english_ones(page: Path) -> None:
    chinese, english = (text.read_text("utf-8") for text in (page, page.with_name(page.name.replace(".zh", ""))))
    for pattern in (r"^#+ ", r"^\|", r"^[-*] ", r"^    jianwei ", r"^```"):
        in_chinese, in_english = (len(re.findall(pattern, text, re.MULTILINE)) for text in (chinese, english))
        assert in_chinese == in_english, pattern
    for row, of_row in zip(ROW.findall(chinese), ROW.findall(english), strict=True):
        key = of_row.split(" |")[0]
        assert set(CODE.findall(key)) <= set(CODE.findall(row)), row


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.zh.md")), ids=named)
def test_chinese_pages_have_the_links_and_names_of_the_english_ones(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh", ""))
    links, names = [], []
    for each in (page, english):
        text = each.read_text("utf-8")
        links.append({section(each, link) for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)})
        names.append({code for code in CODE.findall(text) if NAME.fullmatch(code)})

    assert links[1] - {(english.name, -1)} <= links[0]
    assert names[1] <= names[0]


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.zh.md"))], ids=named)
def test_chinese_pages_lead_to_chinese_pages_where_there_are_some(page: Path) -> None:
    own_english = page.name.replace(".zh", "")
    for target in LINK.findall(page.read_text("utf-8")):
        linked = page.parent / target.partition("#")[0]
        if linked.suffix == ".md" and linked.name != own_english:
            assert not linked.with_suffix(".zh.md").exists(), target
