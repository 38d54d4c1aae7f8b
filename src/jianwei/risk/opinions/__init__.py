"""What of a model's second opinion holds."""
