"""Connect, list the projects, leave: xnat-sdk."""

import sys

from xnat_sdk import connect

with connect(sys.argv[1], user="admin", password="admin") as session:
    print([project.id for project in session.projects])
