"""List the subjects of a project and read ID and label of each: xnat-sdk."""

import sys
import time

from own_cost import report

from xnat_sdk import connect

with connect(sys.argv[1], user="admin", password="admin") as session:
    project = session.projects["sandbox"]
    start = time.perf_counter()
    subjects = 0
    for subject in project.subjects:
        subjects += bool(subject.id and subject.label)
    report(start, subjects)
