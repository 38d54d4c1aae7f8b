"""Ways to search that stand beside the default, made from the channels that gave it scores."""

from __future__ import annotations

from jianwei.evaluation.variants import DEFAULT, ablation, variant_called


def test_each_fusion_each_channel_and_each_group_that_can_be_left_out_is_a_way() -> None:
    ways = {way.name: way for way in ablation({"text:title", "text:ocr", "vector:picture"}, ["rrf", "weighted"])}
    assert list(ways) == [
        "default, folded",
        "fusion rrf",
        "fusion weighted",
        "text:ocr",
        "text:title",
        "vector:picture",
        "without vectors",
        "without text in pictures",
    ]
    assert ways["text:ocr"].channels == {"text:ocr"}
    assert ways["without vectors"].channels == {"text:title", "text:ocr"}


def test_what_is_left_out_takes_the_sound_of_pictures_with_it() -> None:
    [without] = [way for way in ablation({"text:title", "text:ocr", "text:sound"}, []) if way.kind == "without"]
    assert without.left_out == {"text:ocr", "text:sound"}
    assert without.channels == {"text:title"}


def test_nothing_is_left_out_where_nothing_would_remain() -> None:
    assert [way.kind for way in ablation({"text:caption"}, [])] == ["cut-off", "channel"]


def test_every_way_is_called_in_chinese_with_the_word_by_which_it_is_asked_for() -> None:
    channels = {"text:caption", "vector:caption", "vector:picture", "text:title", "text:ocr", "hash"}
    for way in (DEFAULT, *ablation(channels, ["rrf"])):
        called = variant_called(way.name)
        assert called.en == way.name
        assert called.zh != way.name
        assert way.kind != "channel" or way.name in called.zh
    assert variant_called("text:ocr").zh == "仅图中文字（text:ocr）"
    assert variant_called("fusion rrf").zh == "融合 rrf"
