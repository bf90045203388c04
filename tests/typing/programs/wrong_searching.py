"""Queries that cannot work: red before any request."""

from xnat_sdk import Query, XnatSession
from xnat_sdk.models import DemographicData, MrSessionData, PetSessionData, SubjectData
from xnat_sdk.search import display_field


def find(session: XnatSession) -> None:
    session.classes.SubjektData.query()  # E
    session.classes.SubjectData.labell  # E
    session.query("SubjectData")  # E
    session.query(DemographicData)  # E
    query = session.query(SubjectData)
    query.filter(SubjectData.label == 3)  # E
    query.filter("label = 'x'")  # E
    query.filter(SubjectData.GENDER_TEXT == 1)  # E
    query.filter(MrSessionData.AGE > "80")  # E
    query.filter(MrSessionData.date >= "2020-01-31")  # E
    query.filter(MrSessionData.AGE.like("8*"))  # E
    query.filter(SubjectData.fields["x"] == 3)  # E
    query.filter(SubjectData.fields[3] == "x")  # E
    query.filter(SubjectData.GENDER_TXT == "x")  # E
    query.filter((SubjectData.label == "x") | (MrSessionData.AGE == "80"))  # E
    query.filter(display_field(SubjectData, "PLUG_SCORE", float) < "3")  # E
    query.sort("label")  # E
    query.view("label")  # E
    query.select("label")  # E
    query.select()  # E
    query.limit("10")  # E
    query.all()[0].scans  # E
    query.first().label  # E
    query.one().parent.demographics  # E
    label, _ = query.select(SubjectData.label).one()  # E
    number: int = query.select(SubjectData.label).one()[0]  # E
    text: str = query.select(SubjectData.initials).one()[0]  # E
    other: Query[PetSessionData] = session.query(MrSessionData)  # E
    session.query(MrSessionData).all()[0].parent.scans  # E
    print(label, number, text, other)
