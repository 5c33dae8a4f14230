"""A `Store` in Milvus: a server that many processes and machines share, or Milvus Lite, which is a file."""
