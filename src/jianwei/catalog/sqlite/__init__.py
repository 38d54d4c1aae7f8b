"""SQLite as the database of a catalog: all that is particular to it."""
