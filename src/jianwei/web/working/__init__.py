"""Background work of a desk: a queue, one process at a time, progress that can be watched."""
