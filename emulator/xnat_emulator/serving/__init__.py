"""From the socket to the handler and back: the ASGI application, bodies in, replies out, what was asked."""
