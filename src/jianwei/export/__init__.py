"""Answers of the library as JSON and as files: one set of shapes for the command line, HTTP and exports."""
