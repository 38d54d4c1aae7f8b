"""How records and their values stand in columns, and how they are read back."""
