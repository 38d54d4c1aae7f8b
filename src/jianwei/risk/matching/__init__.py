"""Where words, sounds and patterns of rules stand in texts."""
