"""Vectors searched by Faiss in files of our own: all that is particular to them."""
