"""The render model: every string that a template prints, ready."""
