"""What the reader is trained on: questions, reworded, with made-up negatives."""
