"""``graph``: the data types as a picture or as text for Mermaid."""
