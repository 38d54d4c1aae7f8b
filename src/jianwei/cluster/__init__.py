"""Ray: the work on pictures in other processes and on other machines."""
