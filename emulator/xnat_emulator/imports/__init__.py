"""The import service: what it receives, how sessions are built from it, and how they are archived."""
