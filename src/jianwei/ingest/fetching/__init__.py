"""Reading the bytes of pictures: files, archive members, data URIs and URLs behind one call."""

from jianwei.ingest.fetching.fetcher import FetchedPicture, PictureFetcher

__all__ = ["FetchedPicture", "PictureFetcher"]
