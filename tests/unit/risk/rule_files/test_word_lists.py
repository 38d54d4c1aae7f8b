"""Names of word lists in phrases and patterns stand for the words of those lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import regex

from jianwei.risk.rule_files.word_lists import MOST_PHRASES, expanded_pattern, expanded_phrases, read_word_lists
from jianwei.risk.rule_nodes import RuleMistake, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.risk.rule_nodes import Node


def node(folder: Path, text: str) -> Node:
    file = folder / "words.yaml"
    file.write_text(text, "utf-8")
    return read_yaml(file, name="words.yaml")


def test_a_phrase_becomes_every_combination(tmp_path: Path) -> None:
    lists = {"treat": ("治", "防"), "disease": ("痛风", "癌")}

    assert expanded_phrases(node(tmp_path, "'{treat}{disease}'"), lists) == ("治痛风", "治癌", "防痛风", "防癌")


def test_a_list_may_use_those_before_it(tmp_path: Path) -> None:
    lists = read_word_lists(node(tmp_path, "disease: [痛风, 癌]\nclaim: ['治{disease}', 治愈, 治愈]\n"))

    assert lists == {"disease": ("痛风", "癌"), "claim": ("治痛风", "治癌", "治愈")}


def test_a_pattern_takes_the_longest_word_and_keeps_quantifiers(tmp_path: Path) -> None:
    pattern = expanded_pattern(node(tmp_path, "'治.{0,2}{disease}'"), {"disease": ("癌", "癌症", "C+")})

    assert regex.search(pattern, "治好了癌症").group() == "治好了癌症"
    assert regex.search(pattern, "治c+").group() == "治c+"
    assert regex.search(pattern, "治好了胃病") is None


def test_an_unknown_list_is_pointed_at_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(RuleMistake) as caught:
        expanded_pattern(node(tmp_path, "'治{diseas}'"), {"disease": ("癌",)})

    assert caught.value.problem.place.line == 1
    assert "Did you mean 'disease'?" in caught.value.problem.message


def test_too_many_combinations_are_a_mistake(tmp_path: Path) -> None:
    many = tuple(str(number) for number in range(MOST_PHRASES // 100 + 1))

    with pytest.raises(RuleMistake, match="Use a pattern"):
        expanded_phrases(node(tmp_path, "'{a}{b}'"), {"a": many, "b": many})
