"""The vectors of pictures and titles, in the catalog."""
