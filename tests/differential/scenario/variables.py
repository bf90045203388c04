"""Step 7 of the tutorial: custom variables, raw fields; and assignments to other fields."""

import datetime

from .tour import step


@step(7)
def groups(t):
    t.variables = t.subject.custom_variables
    return {name: list(t.variables[name]) for name in t.variables}


@step(7)
def variables(t):
    return dict(t.variables["default"].items())


@step(7)
def write_a_variable(t):
    t.variables["default"]["notes"] = "update note"
    return t.variables["default"]["notes"]


@step(7)
def variable_with_another_value_than_allowed(t):
    def write():
        t.variables["default"]["diagnosis"] = "unwell"

    return t.refusal(write, "XNATValueError")


@step(7)
def variable_with_an_allowed_value(t):
    t.variables["default"]["diagnosis"] = "affected"
    t.fresh(t.subject)
    return dict(t.subject.fields)


@step(7)
def unset_variable(t):
    return t.subjects["ANONYMIZ"].custom_variables["default"]["notes"]


@step(7)
def unknown_variable(t):
    return t.refusal(lambda: t.variables["default"]["nothing"], "KeyError")


@step(7)
def unknown_group(t):
    return t.refusal(lambda: t.variables["nothing"], "KeyError")


@step(7)
def fields(t):
    return [dict(t.session.fields), t.session.fields["brain_volume"]]


@step(7)
def write_a_field(t):
    t.session.fields["brain_volume"] = "42.0"
    t.fresh(t.session)
    return dict(t.session.fields)


@step(7)
def write_a_field_that_nobody_defined(t):
    t.session.fields["a new one"] = "käse, 1 + 1 = 2"
    t.fresh(t.session)
    return [dict(t.session.fields), len(t.session.fields), "a new one" in t.session.fields.keys()]  # noqa: SIM118 - iterating gives values in xnatpy


@step(7)
def write_a_field_with_signs_of_xml(t):
    t.session.fields["signs"] = "a < b & c"
    t.fresh(t.session)
    return t.session.fields["signs"]


@step(7)
def write_a_field_again(t):
    t.session.fields["signs"] = "none"


@step(7)
def unknown_field(t):
    return t.refusal(lambda: t.session.fields["nothing"], "KeyError")


@step(7)
def fields_of_a_project(t):
    return dict(t.sandbox.fields)


@step(7)
def assign_to_a_subject(t):
    t.subject.initials = "XY"
    return t.subject.initials


@step(7)
def assign_to_demographics(t):
    t.subject.demographics.handedness = "left"
    t.fresh(t.subject)
    found = t.subject.demographics
    return [found.handedness, found.gender]


@step(7)
def assign_to_a_session(t):
    t.session.note = "a note; more"
    t.fresh(t.session)
    return [t.session.note, t.session.label]


@step(7)
def assign_a_date(t):
    t.session.date = datetime.date(2021, 2, 3)
    t.fresh(t.session)
    return t.session.date


@step(7)
def assign_to_a_scan(t):
    t.scan.quality = "usable"
    t.fresh(t.scan)
    return [t.scan.quality, t.scan.series_description]


@step(7)
def assign_to_parameters(t):
    t.scan.parameters.tr = 2.5
    t.fresh(t.scan)
    return [t.scan.parameters.tr, t.scan.parameters.te]


@step(7)
def rename(t):
    renamed = t.all_sessions["Brain-0002_MR"]
    renamed.label = "Brain-0002_new"
    return renamed.label
