"""Documents to passages to vectors on disk."""
