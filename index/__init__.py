"""From documents to passages to vectors on disk."""
