"""Writing listings, pictures and what was read on them."""
