"""Training examples: questions, reworded, with negatives."""
