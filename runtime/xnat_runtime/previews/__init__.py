"""How the pixels of a scan become a picture; imported once numpy and Pillow are known to be there."""
