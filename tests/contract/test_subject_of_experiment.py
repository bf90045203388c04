"""``experiment.subject``, which xnatpy's tutorial uses: the parent under its own name, however the experiment came."""

from __future__ import annotations

from xnat_sdk.models import MrSessionData, SubjectAssessorData, SubjectData


def test_an_experiment_of_a_subjects_listing_knows_it_without_a_request(demo, reader):
    subject = reader.projects["sandbox"].subjects["test001"]
    imaging = subject.sessions["test001_MR"]
    start = len(demo.requests)
    assert imaging.subject == imaging.parent == subject
    assert imaging.subject.label == "test001"
    assert len(demo.requests) == start


def test_an_experiment_of_any_other_origin_knows_it_too(reader):
    project = reader.projects["sandbox"]
    by_query = reader.query(MrSessionData).filter(MrSessionData.label == "test001_MR").one()
    found = [
        project.experiments["test001_MR"],
        project.sessions["test001_MR"],
        reader.create_object("/data/experiments/XNAT_E00001"),
        reader.create_object("/data/projects/sandbox/experiments/test001_MR"),
        by_query,
    ]
    for experiment in found:
        assert isinstance(experiment, SubjectAssessorData)
        assert isinstance(experiment.subject, SubjectData)
        assert (experiment.subject.id, experiment.subject.label) == ("XNAT_S00001", "test001")


def test_it_cannot_be_assigned():
    assert isinstance(SubjectAssessorData.__dict__["subject"], property)
    assert SubjectAssessorData.__dict__["subject"].fset is None
