"""Loading a rulebook: the packaged folder first, then the user's folders laid over it.

A user's category file of the same code adds its rules, replaces those of the same id, drops those named in `disable`,
or the whole category with `replace: true`. Tables are merged name by name.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from jianwei.errors import NotFoundError, RulebookError
from jianwei.risk.rule_files import table_reading as tables
from jianwei.risk.rule_files.rule_reading import CategoryFile, read_category
from jianwei.risk.rule_files.rulebook_names import Names
from jianwei.risk.rule_files.word_lists import read_word_lists
from jianwei.risk.rule_nodes import RuleMistake, RulePlace, RuleProblem, read_yaml
from jianwei.risk.rules import Category, Normalisation, Rulebook
from jianwei.text.sound import everyday_syllables, syllables_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jianwei.risk.rule_nodes import Node, PlacedText
    from jianwei.settings import BrokenRules

_State: TypeAlias = tuple[str, int, int]
"""A file, its bytes, and when it changed (nanoseconds)."""

_CATEGORIES = "categories"
_SETTLED_NS = 2_000_000_000
"""A file that changed so recently may change again and keep its size and, by a coarse clock, its time."""

_TABLES = ("look_alikes", "sound_alikes", "split_characters", "emoji", "aliases")


def packaged_rules() -> Path:
    """Return the folder of the rules that come with Jianwei."""
    return Path(str(files("jianwei.risk"))) / "rulebook"


def load_rulebook(folders: Sequence[Path] = (), *, broken: BrokenRules = "refuse") -> Rulebook:
    """Return the packaged rules with the user's folders laid over them, later folders over earlier ones.

    A folder that is not there is passed over. With `broken="skip"` what is wrong is left out and listed in `problems`.

    Raises:
        RulebookError: something is wrong and `broken` is `refuse`; the message names the first places.
    """
    places = [packaged_rules(), *(folder for folder in folders if folder.is_dir())]
    book = _Loading(places, rulebook_version(folders)).book()
    if book.problems and broken == "refuse":
        raise _refused(book.problems)
    return book


def rulebook_version(folders: Sequence[Path] = ()) -> str:
    """Return the version that `load_rulebook` gives these folders, without looking at what the files say."""
    syllables = syllables_file()
    states = [_state(str(syllables), syllables.stat())]
    for place in (packaged_rules(), *(folder for folder in folders if folder.is_dir())):
        states += sorted(_states_in(str(place)), key=_parts)
    newest = max(changed for _, _, changed in states)
    if time.time_ns() - newest < _SETTLED_NS:
        return _digest(file for file, _, _ in states)
    return _settled_version(tuple(states))


@lru_cache(maxsize=32)
def _settled_version(states: tuple[_State, ...]) -> str:
    return _digest(file for file, _, _ in states)


def _digest(found: Iterable[str]) -> str:
    digest = sha256()
    for file in found:
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()[:12]


def _states_in(folder: str) -> Iterator[_State]:
    # Every page of a desk asks, and `Path.rglob` takes three times as long: a twentieth of a page.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _states_in(entry.path)
            elif entry.name.endswith(".yaml"):
                yield _state(entry.path, entry.stat())


def _parts(state: _State) -> list[str]:
    return state[0].split(os.sep)  # noqa: PTH206  # as `Path` sorts, which takes longer than all else here


def _state(file: str, status: os.stat_result) -> _State:
    return file, status.st_size, status.st_mtime_ns


class _Loading:
    """One load: the folders, what was read so far, and the problems met."""

    def __init__(self, places: Sequence[Path], version: str) -> None:
        self._places = places
        self._version = version
        self._problems: list[RuleProblem] = []
        self._tables: set[str] = set()
        self._patterns: list[PlacedText] = []

    def book(self) -> Rulebook:
        identifiers = self._merged("identifiers.yaml", tables.read_identifiers)
        contacts = self._merged("contacts.yaml", tables.read_contacts)
        laws = self._merged("laws.yaml", tables.read_laws)
        classes = self._merged("product_classes.yaml", lambda tree: tables.read_classes(tree, tuple(identifiers)))
        statements = self._merged("statements.yaml", tables.read_statements)
        word_lists = self._merged("word_lists.yaml", read_word_lists)
        shared = Names(identifiers=tuple(identifiers), contacts=tuple(contacts), word_lists=word_lists)
        contexts = self._merged("contexts.yaml", lambda tree: tables.read_contexts(tree, shared))
        normalisation = Normalisation(
            **{name: self._merged(f"normalisation/{name}.yaml", tables.read_table) for name in _TABLES},
            syllables=everyday_syllables() | self._merged("normalisation/pinyin.yaml", tables.read_table),
        )
        found = [file for place in self._places for file in sorted((place / _CATEGORIES).glob("*.yaml"))]
        names = Names(
            categories=tuple(dict.fromkeys(file.stem for file in found)),
            laws=laws,
            classes=tuple(classes),
            identifiers=tuple(identifiers),
            contacts=tuple(contacts),
            statements=tuple(statements),
            contexts=contexts,
            word_lists=word_lists,
        )
        categories = self._categories(found, names)
        self._problems += self._unread()
        return Rulebook(
            version=self._version,
            categories=categories,
            laws=laws,
            classes=classes,
            statements=statements,
            identifiers=identifiers,
            contacts=contacts,
            contexts=contexts,
            normalisation=normalisation,
            word_lists=word_lists,
            problems=tuple(self._problems),
            patterns=tuple(self._patterns),
        )

    def _categories(self, found: Sequence[Path], names: Names) -> dict[str, Category]:
        categories: dict[str, Category] = {}
        for file in found:
            read: CategoryFile | None = self._read(file, lambda tree: read_category(tree, names, self._problems))
            if read is None:
                continue
            code = read.category.code
            categories[code] = _laid_over(categories.get(code), read)
        return dict(sorted(categories.items()))

    def _merged(self, name: str, read: Callable[[Node], Any]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        self._tables.add(name)
        for place in self._places:
            if (place / name).is_file():
                merged |= self._read(place / name, read) or {}
        return merged

    def _unread(self) -> Iterator[RuleProblem]:
        """Yield the files of the user's folders that nothing reads: whoever wrote them thinks that they count."""
        for place in self._places[1:]:
            for file in sorted(file for file in place.rglob("*") if file.suffix in {".yaml", ".yml"}):
                name = file.relative_to(place).as_posix()
                is_category = file.parent == place / _CATEGORIES and file.suffix == ".yaml"
                if not is_category and name not in self._tables:
                    yield _stray(file, self._tables)

    def _read(self, file: Path, read: Callable[[Node], Any]) -> Any:  # noqa: ANN401  # what `read` returns
        try:
            tree = read_yaml(file, name=str(file))
            content = read(tree)
        except RuleMistake as mistake:
            self._problems.append(mistake.problem)
            return None
        self._patterns += () if file.is_relative_to(self._places[0]) else tree.noted
        return content


def _stray(file: Path, tables: Iterable[str]) -> RuleProblem:
    near = get_close_matches(file.with_suffix(".yaml").name, tables, n=1, cutoff=0.8)
    meant, meant_zh = (f" Did you mean {near[0]}?", f"是否应为 {near[0]}？") if near else ("", "")
    return RuleProblem(
        RulePlace(str(file)),
        f"nothing reads this file, so its rules do not count. A category belongs into {_CATEGORIES}/ and ends in "
        f".yaml; docs/rules.md names the tables beside it.{meant}",
        f"没有任何程序读取此文件，其中的规则不会生效。类别文件应放在 {_CATEGORIES}/ 中并以 .yaml 结尾；"
        f"与其并列的各表见 docs/rules.zh.md。{meant_zh}",
    )


def _laid_over(base: Category | None, file: CategoryFile) -> Category:
    top = file.category
    if base is None or file.replaces:
        return top
    replaced = {rule.rule_id for rule in top.rules} | {f"{top.code}/{name}" for name in file.disabled}
    kept = tuple(rule for rule in base.rules if rule.rule_id not in replaced)
    given: dict[str, Any] = {
        name: getattr(top, name) for name in ("zh", "en", "severity", "monitor_codes", "law") if name in file.given
    }
    if "penalty" in file.given:
        given |= {"penalty_zh": top.penalty_zh, "penalty_en": top.penalty_en}
    return replace(base, **given, excuses=base.excuses + top.excuses, rules=kept + top.rules)


def _refused(problems: Sequence[RuleProblem]) -> RulebookError:
    shown, count = problems[:3], len(problems)
    counted = "1 mistake" if count == 1 else f"{count} mistakes"
    places = " ".join(f"{item.place.text}: {item.message}" for item in shown)
    places_zh = " ".join(f"{item.place.text_zh}：{item.message_zh}" for item in shown)
    return RulebookError(
        f"The rules have {counted}. {places} See all with: jianwei rules check. To go on without what is broken, set "
        "JIANWEI_BROKEN_RULES=skip.",
        zh=f"规则文件有 {len(problems)} 处错误。{places_zh} 查看全部：jianwei rules check。"
        "如需跳过有误的规则继续运行，设置 JIANWEI_BROKEN_RULES=skip。",
        problems=len(problems),
        file=shown[0].place.file,
        line=shown[0].place.line,
    )


def found_category(book: Rulebook, name: str) -> Category:
    """Return a category by its code, or with one of its rules alone by `CATEGORY/ID`.

    Raises:
        NotFoundError: there is none of that name; names near ones.
    """
    code, _, rule_id = name.partition("/")
    category = book.categories.get(code)
    rules = () if category is None else tuple(rule for rule in category.rules if not rule_id or rule.rule_id == name)
    if category is not None and rules:
        return replace(category, rules=rules)
    known = [*book.categories, *(rule.rule_id for rule in book.rules)]
    near = get_close_matches(name, known, n=3)
    advice = f"Near it: {', '.join(near)}." if near else "All of them: jianwei rules list"
    advice_zh = f"相近的有：{'、'.join(near)}。" if near else "全部类别见 jianwei rules list"
    raise NotFoundError(
        f"No category or rule is called {name!r}. {advice}",
        zh=f"没有名为 {name!r} 的类别或规则。{advice_zh}",
        name=name,
    )
