"""Evaluation: how good a search is, in numbers."""
