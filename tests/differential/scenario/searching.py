"""Step 11 of the tutorial: queries."""

import datetime
import json

from .tour import described, step


@step(11)
def all_that_match(t):
    t.Subject = t.connection.classes.SubjectData
    # Nobody asked for an order.
    return sorted(described(t.Subject.query().filter(t.Subject.project == "sandbox").all()))


@step(11)
def two_constraints(t):
    found = t.Subject.query().filter(t.Subject.project == "sandbox", t.Subject.label.like("Brain*"))
    return described(found.all())


@step(11)
def stacked_filters(t):
    found = t.Subject.query().filter(t.Subject.project == "sandbox").filter(t.Subject.label.like("Brain*"))
    return described(found.all())


@step(11)
def both(t):
    t.query = t.Subject.query().filter((t.Subject.project == "sandbox") & (t.Subject.label.like("Brain*")))
    return described(t.query.all())


@step(11)
def either(t):
    labels = t.Subject.label
    return described(t.Subject.query().filter((labels == "test001") | (labels == "TEST01")).all())


@step(11)
def all_of_a_type(t):
    return sorted(described(t.Subject.query().all()))


@step(11)
def nothing_matches(t):
    return t.Subject.query().filter(t.Subject.label == "nobody").all()


@step(11)
def operators(t):
    session = t.connection.classes.MrSessionData
    dates = session.date
    day = datetime.date(2020, 5, 14)
    conditions = {"==": dates == day, "<=": dates <= day, "<": dates < day, ">=": dates >= day, ">": dates > day}
    return {name: sorted(one.label for one in session.query().filter(made).all()) for name, made in conditions.items()}


@step(11)
def operators_of_texts(t):
    initials = t.Subject.initials
    conditions = {"==": initials == "XY", "like": initials.like("X%"), "<": initials < "Z", ">=": initials >= "Z"}
    return {
        name: sorted(one.label for one in t.Subject.query().filter(made).all()) for name, made in conditions.items()
    }


@step(11)
def first(t):
    return described([t.query.first()])


@step(11)
def last(t):
    return described([t.query.last()])


@step(11)
def one(t):
    return described([t.Subject.query().filter(t.Subject.label == "test001").one()])


@step(11)
def one_of_several(t):
    return t.refusal(t.query.one, "ValueError")


@step(11)
def one_of_none(t):
    return t.refusal(t.Subject.query().filter(t.Subject.label == "nobody").one, "ValueError")


@step(11)
def one_or_none(t):
    found = t.Subject.query().filter(t.Subject.label == "test001").one_or_none()
    return [*described([found]), t.Subject.query().filter(t.Subject.label == "nobody").one_or_none()]


@step(11)
def one_or_none_of_several(t):
    return t.refusal(t.query.one_or_none, "ValueError")


@step(11)
def first_of_none(t):
    query = t.Subject.query().filter(t.Subject.label == "nobody")
    return [t.refusal(query.first, "IndexError"), t.refusal(query.last, "IndexError")]


@step(11)
def tabulate_csv(t):
    return t.query.tabulate_csv()


@step(11)
def tabulate_dict(t):
    return t.query.tabulate_dict()


@step(11)
def tabulate_json(t):
    return json.loads(t.query.tabulate_json())


@step(11)
def tabulate_pandas(t):
    frame = t.query.tabulate_pandas()
    return {"columns": list(frame.columns), "rows": len(frame), "labels": list(frame["subject_label"])}


@step(11)
def view(t):
    query = t.query.view(t.Subject.label, t.Subject.project)
    return query.tabulate_dict()


@step(11)
def projects_by_query(t):
    project = t.connection.classes.ProjectData
    return sorted([type(found).__name__, found.id] for found in project.query().filter(project.id == "sandbox").all())


@step(11)
def sessions_by_query(t):
    session = t.connection.classes.MrSessionData
    return described(session.query().filter(session.project == "sandbox").all())


@step(11)
def scans_by_query(t):
    scan = t.connection.classes.MrScanData
    return sorted([found.id, found.type] for found in scan.query().filter(scan.type == "T1").all())


@step(11)
def fields_of_what_was_found(t):
    found = t.Subject.query().filter(t.Subject.label == "test001").one()
    return [found.initials, found.uri.rpartition("/")[2] == found.id]
