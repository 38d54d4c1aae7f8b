"""Families of pictures and clusters of sellers, in the catalog."""
