from __future__ import annotations

import pytest

from jianwei.bilingual import Both

HITS = Both("{count} {count:hit|hits} of {name}", "{name} 命中 {count} 条")


@pytest.mark.parametrize(("count", "said"), [(0, "0 hits of x"), (1, "1 hit of x"), (2, "2 hits of x")])
def test_a_word_has_the_number_of_its_value(count: int, said: str) -> None:
    assert HITS.say("en", count=count, name="x") == said
    assert HITS.say("zh", count=count, name="x") == f"x 命中 {count} 条"


def test_other_forms_of_values_stay_as_they_are() -> None:
    assert Both("{part:.1%} of {count:,} {count:hit|hits}", "").say("en", part=0.5, count=2000) == "50.0% of 2,000 hits"
