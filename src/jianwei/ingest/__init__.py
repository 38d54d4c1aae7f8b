"""From a source of listings to a filled catalog: sources, fetching, the pipeline."""
