"""Training: fine-tuning encoders on the listings of a library."""
