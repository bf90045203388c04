"""The pages for people: the archive in a browser, rendered on the server, without scripts."""
