"""What is asked: the question, made to stand on its own and with its spelling mended."""
