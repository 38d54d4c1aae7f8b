"""Search: from a request over channels and fusion to hits with reasons."""
