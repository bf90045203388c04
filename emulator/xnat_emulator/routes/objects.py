"""Projects, subjects, experiments, scans, assessors and reconstructions."""

from __future__ import annotations

from collections.abc import Iterator

from ..handlers import assessors, experiments, projects, scans, subjects
from ..routing import Handler, Route

PROJECT = "/data/projects/{PROJECT_ID}"
SUBJECT = PROJECT + "/subjects/{SUBJECT_ID}"
SESSIONS = (SUBJECT + "/experiments/{ASSESSED_ID}", "/data/experiments/{ASSESSED_ID}")
"""The two places where scans, reconstructions and assessors are attached (rest-data 1.3, trap)."""


def _objects() -> Iterator[Route]:
    yield Route("/data/projects", {"GET": projects.list_projects, "POST": projects.post_projects})
    yield Route(PROJECT, {"GET": projects.show_project, "PUT": projects.put_project, "DELETE": projects.delete_project})
    subject_methods: dict[str, Handler] = {
        "GET": subjects.show_subject,
        "PUT": subjects.put_subject,
        "DELETE": subjects.delete_subject,
    }
    yield Route(PROJECT + "/subjects", {"GET": subjects.list_subjects, "POST": subjects.post_subjects})
    yield Route(SUBJECT, subject_methods)
    yield Route("/data/subjects", {"GET": subjects.list_subjects})
    yield Route("/data/subjects/{SUBJECT_ID}", subject_methods)


def _experiments() -> Iterator[Route]:
    lists: dict[str, Handler] = {"GET": experiments.list_experiments, "POST": experiments.post_experiments}
    methods: dict[str, Handler] = {
        "GET": experiments.show_experiment,
        "PUT": experiments.put_experiment,
        "DELETE": experiments.delete_experiment,
    }
    yield Route("/data/experiments", {"GET": experiments.list_experiments})
    for owner in (PROJECT, SUBJECT):
        yield Route(owner + "/experiments", lists)
        yield Route(owner + "/experiments/{EXPT_ID}", methods)
    yield Route("/data/experiments/{EXPT_ID}", methods)


def _session_parts() -> Iterator[Route]:
    parts: list[tuple[str, str, dict[str, Handler], dict[str, Handler]]] = [
        (
            "assessors",
            "{EXPT_ID}",
            {"GET": assessors.list_assessors, "POST": assessors.post_assessors},
            {"GET": assessors.show_assessor, "PUT": assessors.put_assessor, "DELETE": assessors.delete_assessor},
        ),
        (
            "scans",
            "{SCAN_ID}",
            {"GET": scans.list_scans, "POST": scans.post_scans},
            {"GET": scans.show_scan, "PUT": scans.put_scan, "DELETE": scans.delete_scan},
        ),
        (
            "reconstructions",
            "{RECON_ID}",
            {"GET": scans.list_reconstructions, "POST": scans.post_reconstructions},
            {
                "GET": scans.show_reconstruction,
                "PUT": scans.put_reconstruction,
                "DELETE": scans.delete_reconstruction,
            },
        ),
    ]
    for owner in SESSIONS:
        for name, placeholder, list_methods, methods in parts:
            yield Route(f"{owner}/{name}", list_methods)
            yield Route(f"{owner}/{name}/{placeholder}", methods)


ROUTES: tuple[Route, ...] = (*_objects(), *_experiments(), *_session_parts())
