"""Faithful models of the input files: what is written there, not what it means."""
