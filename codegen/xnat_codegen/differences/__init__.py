"""``diff OLD NEW``: what a change of the schemas means for servers and for users of the package."""
