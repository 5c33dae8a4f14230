"""How fast they come, and what they cost."""
