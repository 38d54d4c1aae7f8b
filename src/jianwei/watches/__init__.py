"""Standing watches: saved queries that every ingest is held against."""
