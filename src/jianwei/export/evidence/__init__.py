"""Evidence packages: one listing with originals, marked pictures, text, law and hashes."""
