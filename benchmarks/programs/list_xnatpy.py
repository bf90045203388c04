"""List the subjects of a project and read ID and label of each: xnatpy."""

import sys
import time

import xnat
from own_cost import report

with xnat.connect(sys.argv[1], user="admin", password="admin") as session:
    project = session.projects["sandbox"]
    start = time.perf_counter()
    subjects = 0
    for subject in project.subjects.values():
        subjects += bool(subject.id and subject.label)
    report(start, subjects)
