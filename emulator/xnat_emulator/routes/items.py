"""What happened to objects."""

from __future__ import annotations

from ..handlers import audit
from ..routing import Route

ROUTES: tuple[Route, ...] = (Route("/data/services/audit", {"GET": audit.show_audit}, archive=False, keeps_tail=True),)
