"""Search for the subjects of a project and read ID and label of each: xnat-sdk."""

import json
import sys
import time
from urllib.request import urlopen

from xnat_sdk import connect
from xnat_sdk.models import SubjectData


def requests() -> int:
    """Return how many requests the server has seen."""
    with urlopen(f"{sys.argv[1]}/stub/requests") as answer:
        return int(json.load(answer))


with connect(sys.argv[1], user="admin", password="admin") as session:
    query = session.query(SubjectData).filter(SubjectData.project == "sandbox")
    before = requests()
    start = time.perf_counter()
    subjects = 0
    for subject in query:
        subjects += bool(subject.id and subject.label)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "subjects": subjects, "requests": requests() - before}))
