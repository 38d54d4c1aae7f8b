"""A text as it was read, as its writer meant it, and as it sounds, with the way back to every character."""
