"""Starting, taking turns, limits, errors and counts of the one application."""
