"""Captions: what a vision-language model writes about a picture."""
