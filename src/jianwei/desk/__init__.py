"""What a running desk remembers beside the library: accounts, sessions, tokens, background jobs, the audit log."""
