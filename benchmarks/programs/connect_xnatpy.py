"""Connect, list the projects, leave: xnatpy."""

import sys

import xnat

with xnat.connect(sys.argv[1], user="admin", password="admin") as session:
    print([project.id for project in session.projects.values()])
