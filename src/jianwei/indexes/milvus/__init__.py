"""Vectors kept by a Milvus server: all that is particular to it."""
