"""Read passages: find the spans that may answer a question, each with a score."""
