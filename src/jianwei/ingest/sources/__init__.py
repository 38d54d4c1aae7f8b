"""Sources of listings: folders, archives, tables, product JSON and data sets, all as one stream of records."""

from jianwei.ingest.sources.mapping import MAPPING_KEYS, SourceMapping, load_mapping
from jianwei.ingest.sources.opening import open_source
from jianwei.ingest.sources.source import Source

__all__ = ["MAPPING_KEYS", "Source", "SourceMapping", "load_mapping", "open_source"]
