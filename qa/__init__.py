"""Question to retrieved passages to an answer, cited."""
