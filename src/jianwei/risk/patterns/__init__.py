"""What patterns of rules need, how they are run, and which may run for ever."""
