"""Understand a question: make it stand on its own, and mend its spelling."""
