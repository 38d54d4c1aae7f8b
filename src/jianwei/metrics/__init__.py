"""Metrics of ranked retrieval: pure functions over lists of ids."""
