"""Whether a span is the answer, and how much of it; else that the documents do not say."""
