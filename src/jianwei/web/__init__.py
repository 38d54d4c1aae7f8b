"""The desk: an HTTP API and web pages over one library, for people and programs."""
