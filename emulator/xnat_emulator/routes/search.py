"""Data types, their fields, searches and saved searches."""

from __future__ import annotations

from ..handlers import saved_searches, search, searches
from ..routing import Route

ROUTES: tuple[Route, ...] = (
    Route("/data/search", {"POST": searches.run_search}, archive=False, exact=True, unlocked=True),
    Route("/data/search/elements", {"GET": search.list_elements}, archive=False),
    Route("/data/search/saved", {"GET": saved_searches.list_searches}, archive=False),
    Route("/data/search/elements/{ELEMENT_NAME}", {"GET": search.list_fields, "PUT": search.put_fields}, archive=False),
    Route("/data/search/elements/{ELEMENT_NAME}/versions", {"GET": search.list_versions}, archive=False),
    Route(
        "/data/search/saved/{SEARCH_ID}",
        {
            "GET": saved_searches.show_search,
            "PUT": saved_searches.put_search,
            "DELETE": saved_searches.delete_search,
        },
        archive=False,
    ),
    Route("/data/search/{CACHED_SEARCH_ID}", {"GET": searches.list_page}, archive=False),
    Route("/data/search/{CACHED_SEARCH_ID}/{COLUMN}", {"GET": searches.list_column}, archive=False),
    Route(
        "/data/projects/{PROJECT_ID}/searches/{SEARCH_ID}",
        {
            "GET": saved_searches.show_project_search,
            "PUT": saved_searches.put_project_search,
            "DELETE": saved_searches.delete_project_search,
        },
    ),
)
