"""What may be asked of a search on the command line, and the request that it makes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.filter_options import FilterOptions, Names
from jianwei.cli.language import Both

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.search.request import AskedPicture, SearchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(FilterOptions):
    """What may be asked of a search."""

    words: Annotated[
        Names,
        typer.Argument(metavar="WORDS"),
        Both(
            "What to look for in pictures and titles. Quotes for a phrase, AND OR NOT, title:… or ocr:… for one field.",
            "要在图片和标题中检索的文字。引号表示连续短语，可用 AND OR NOT，title:… 或 ocr:… 限定字段。",
        ),
    ] = field(default_factory=list)
    picture: Annotated[
        Names,
        typer.Option("--picture", "-p", metavar="FILE"),
        Both(
            "Picture to look for, alone or with words; - reads it from standard input. Several: like any of them.",
            "按图检索，可与文字同用；- 表示从标准输入读取。可给多张，与任意一张相似即可。",
        ),
    ] = field(default_factory=list)
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="X,Y,W,H"),
        Both(
            "Only this part of the picture: left,top,width,height in pixels, or as fractions up to 1.",
            "只检索图片的这一部分：左,上,宽,高，单位为像素，或不大于 1 的比例。",
        ),
    ] = None
    also: Annotated[
        Names,
        typer.Option("--also", metavar="WORDS"),
        Both(
            "A further query; a listing counts with the best of its scores.",
            "再加一条查询；商品按各查询中的最高分计。",
        ),
    ] = field(default_factory=list)
    avoid: Annotated[
        str,
        typer.Option("--avoid", metavar="WORDS"),
        Both("Words that make a listing sink.", "含有这些文字的商品排后。"),
    ] = ""
    avoid_picture: Annotated[
        Names,
        typer.Option("--avoid-picture", metavar="FILE"),
        Both("Picture that makes listings like it sink.", "与此图相似的商品排后。"),
    ] = field(default_factory=list)
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Hits on one page, 1 to 1000.", "每页条数，1 到 1000。"),
    ] = 20
    cursor: Annotated[
        str,
        typer.Option("--cursor", metavar="TEXT"),
        Both("Go on after a page, with the cursor it gave.", "接着上一页，值取自上一页给出的 cursor。"),
    ] = ""
    alpha: Annotated[
        float,
        typer.Option("--alpha", metavar="X"),
        Both(
            "Weight of pictures and meaning against words as they are written, 0 to 1.",
            "图片与语义相对文字的权重，0 到 1。",
        ),
    ] = 0.5
    fusion: Annotated[
        str,
        typer.Option("--fusion", metavar="NAME"),
        Both(
            "How channels are joined: calibrated, weighted, rrf or zscore.",
            "各通道分数的融合方式：calibrated、weighted、rrf 或 zscore。",
        ),
    ] = "calibrated"
    channel: Annotated[
        Names,
        typer.Option("--channel", metavar="NAME"),
        Both("Only this channel, such as text:ocr or hash.", "只用该通道，如 text:ocr、hash。"),
    ] = field(default_factory=list)
    weight: Annotated[
        Names,
        typer.Option("--weight", metavar="NAME=X"),
        Both("How much a channel counts; 1 by default, 0 leaves it out.", "某通道的权重，默认 1，0 表示不用。"),
    ] = field(default_factory=list)
    space: Annotated[
        str,
        typer.Option("--space", metavar="MODEL[@REVISION]"),
        Both(
            "Vector space to ask instead of the one that fits the language; the name of its model is enough.",
            "指定向量空间，而不按语言自动选择；写模型名即可。",
        ),
    ] = ""
    target: Annotated[
        str,
        typer.Option("--target", metavar="NAME"),
        Both(
            "What to find: listings, cases or pictures.",
            "检索目标：listings（商品）、cases（案例）或 pictures（图片）。",
        ),
    ] = "listings"
    sort: Annotated[
        str,
        typer.Option("--sort", metavar="NAME"),
        Both(
            "Order: relevance, cheapest, dearest, newest or oldest.",
            "排序：relevance（相关度）、cheapest（价低）、dearest（价高）、newest（最新）或 oldest（最早）。",
        ),
    ] = "relevance"
    min_relevance: Annotated[
        float | None,
        typer.Option("--min-relevance", metavar="X"),
        Both(
            "Fold away hits below this estimated relevance, 0 to 1; 0 shows all.",
            "折叠相关度低于此值的结果，0 到 1；0 表示全部显示。",
        ),
    ] = None

    all_listings: Annotated[
        bool,
        typer.Option("--all"),
        Both(
            "A hit for every listing, also where several show the same picture.",
            "每个商品单独成条，同图商品也不合并。",
        ),
    ] = False
    queries: Annotated[
        Path | None,
        typer.Option("--queries", metavar="FILE"),
        Both(
            "Many queries from a JSONL file, answered in JSON, one line each; - reads standard input.",
            "从 JSONL 文件读取多条查询，逐行以 JSON 回答；- 表示从标准输入读取。",
        ),
    ] = None

    def request(self) -> SearchRequest:
        """Return what is asked, without its pictures, which are read by `pictures` and `avoided_pictures`.

        Raises:
            QueryError: a date or a weight cannot be read.
        """
        from jianwei.search.request import JoinedQuery, SearchRequest

        return SearchRequest(
            words=" ".join(self.words),
            filters=self.filters(),
            limit=self.limit,
            cursor=self.cursor,
            alpha=self.alpha,
            space=self.space,
            fusion=self.fusion,  # type: ignore[arg-type]  # the request checks names and suggests near ones
            channels=frozenset(self.channel),  # type: ignore[arg-type]
            weights=read_weights(self.weight),  # type: ignore[arg-type]
            avoid_words=self.avoid,
            queries=tuple(JoinedQuery(words) for words in self.also),
            target=self.target,  # type: ignore[arg-type]
            sort=self.sort,  # type: ignore[arg-type]
            min_relevance=self.min_relevance,
            fold=not self.all_listings,
        )

    def pictures(self) -> tuple[AskedPicture, ...]:
        """Return the pictures to look for.

        Raises:
            QueryError: a file cannot be read, the region cannot be read, or there is not just one picture for it.
        """
        return asked_pictures([picture_option(name) for name in self.picture], self.region)

    def avoided_pictures(self) -> tuple[AskedPicture, ...]:
        """Return the pictures to avoid. Raises QueryError."""
        return asked_pictures([picture_option(name) for name in self.avoid_picture])


def picture_option(option: str) -> Path | bytes:
    """Return what an option names: a path, or the bytes of standard input for `-`."""
    return sys.stdin.buffer.read() if option == "-" else Path(option).expanduser()


def asked_pictures(pictures: Sequence[Path | bytes], region: str | None = None) -> tuple[AskedPicture, ...]:
    """Read pictures; a region is a part of the only one.

    Raises:
        QueryError: a file cannot be read, the region cannot be read, or there is not just one picture for it.
    """
    if region is None and not pictures:  # reading pictures takes a while to load
        return ()
    from jianwei.errors import PictureFetchError, QueryError
    from jianwei.library.query_reading import asked_picture
    from jianwei.search.regions import Region, region_without_its_picture

    if region is not None and len(pictures) != 1:
        raise region_without_its_picture(len(pictures))
    part = None if region is None else Region.read(region)
    try:
        return tuple(asked_picture(picture, part) for picture in pictures)
    except PictureFetchError as error:  # a wrong file name, not a picture of the library that is gone
        raise QueryError(error.message, zh=error.message_zh, **error.facts) from error


def read_weights(given: Sequence[str]) -> dict[str, float]:
    """Read weights written as `channel=number`.

    Raises:
        QueryError: one is written in another way.
    """
    from jianwei.errors import QueryError

    weights = {}
    for text in given:
        channel, sign, number = text.rpartition("=")
        try:
            weights[channel.strip()] = float(number)
        except ValueError:
            sign = ""
        if not sign or not channel.strip():
            raise QueryError(
                f"The weight {text!r} is not written as channel=number, for example text:title=2.",
                zh=f"权重 {text!r} 的写法不对，应为“通道=数字”，例如 text:title=2。",
                weight=text,
            )
    return weights
