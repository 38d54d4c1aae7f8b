"""Reading a catalog, partly from memory."""
