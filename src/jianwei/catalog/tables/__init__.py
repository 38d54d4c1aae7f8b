"""The tables of a catalog, and the statements that read them."""
