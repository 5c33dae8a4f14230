"""The words of a passage that may answer, each span with its score."""
