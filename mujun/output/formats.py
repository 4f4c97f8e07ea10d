"""The names of the formats, apart from their code, so that help can name them at no cost."""

FORMATS = ("table", "csv", "tsv", "json", "jsonl", "md")
