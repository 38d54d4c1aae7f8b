"""What people see: answers of the library laid out for a terminal, in both languages and for Chinese widths."""
