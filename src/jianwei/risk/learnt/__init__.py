"""The text model: a voice beside the rules."""
