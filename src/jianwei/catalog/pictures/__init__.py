"""What was found on pictures beside their lines: codes, captions, local features."""
