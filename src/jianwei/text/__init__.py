"""Pure functions over text: folding, cutting into words, the query language and highlighting."""
