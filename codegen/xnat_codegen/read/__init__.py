"""Input files to faithful models, without interpretation."""
