"""What is suspected of listings, what a second opinion says, and what people decided."""
