"""Rows of bytes by picture: perceptual hashes, and the patches by which copies are found."""
