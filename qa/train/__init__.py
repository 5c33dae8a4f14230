"""Train the reader from public question-answering data. Nothing that answers questions imports this."""
