"""Handlers: parse a call, ask the archive, format a reply; one module for each area."""
