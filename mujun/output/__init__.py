"""Output: the lists of a result as a terminal table, CSV, TSV, JSON, JSON lines or Markdown."""
