"""From the YAML files of a rulebook to its records, and what is kept of that."""
