"""Encoders: pictures and texts in one vector space."""
