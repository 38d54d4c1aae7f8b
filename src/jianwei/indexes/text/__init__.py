"""Full text searched by Tantivy, with files of our own beside it."""
