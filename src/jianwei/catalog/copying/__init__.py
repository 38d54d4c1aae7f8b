"""A whole catalog into another database."""
