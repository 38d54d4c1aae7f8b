"""Groups: pictures that are the same picture, and shops that belong together."""
