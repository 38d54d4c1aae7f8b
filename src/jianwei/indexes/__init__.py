"""Indexes derived from the catalog: full text with Tantivy, perceptual hashes with Faiss."""
