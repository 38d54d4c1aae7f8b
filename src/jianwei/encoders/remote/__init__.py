"""Encoders that run behind an HTTP endpoint: larger models on another machine, or a rented service."""
