"""``dictionary``: the data types as pages for people."""
