"""How statements are run, whatever the kind of database, and what a kind has to bring."""
