"""Find the passages to read, by meaning and by words."""
