"""Which sign stands between the cells of a table is told by what its lines agree on."""

from __future__ import annotations

import pytest

from jianwei.ingest.sources.csv_rows import likely_delimiter


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["商品编号,标题,价格", "1,芦荟胶囊,9", "2,面膜,8"], ","),
        (["商品编号;标题;价格", "1;芦荟胶囊;9,90", "2;面膜;8,50"], ";"),
        (["商品编号\t标题", "1\t买一送一, 包邮, 正品; 急", "2\t面膜"], "\t"),
        # A line above the header that holds another sign, or more of it than the header has of its own.
        (["抽检结果 | 2026 年 5 月 | 内部", "商品编号,标题", "1,芦荟胶囊", "2,面膜"], ","),
        (["来源：抖音; 淘宝; 京东; 拼多多", "商品编号,标题", "1,芦荟胶囊"], ","),
        (["抽检结果, 2026, 5, 内部", "商品编号|标题", "1|芦荟胶囊", "2|面膜"], "|"),
        # Lists inside of cells, which the header does not have.
        (["商品编号,标题,图片", "1,芦荟,a.jpg|b.jpg|c.jpg", "2,面膜,d.jpg|e.jpg|f.jpg"], ","),
        # A cell that runs over several lines, and one whose end lies further down.
        (["标题;介绍", '芦荟;"一, 二', "三, 四", '五, 六"', '面膜;"七, 八', "九, 十"], ";"),
        (["标题", "芦荟胶囊"], ","),
        ([], ","),
    ],
)
def test_the_sign_that_lines_agree_on_is_the_delimiter(lines: list[str], expected: str) -> None:
    assert likely_delimiter(lines) == expected
