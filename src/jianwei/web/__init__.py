"""Web: the HTTP API and the pages of the desk."""
