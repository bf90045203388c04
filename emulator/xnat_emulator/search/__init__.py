"""The search engine: search documents, their fields and conditions, and what they find (schema-and-search 3 and 4)."""
