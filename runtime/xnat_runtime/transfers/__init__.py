"""Moving data: what is planned, moved by a few workers, compared, written down and reported."""
