"""The names of xnatpy: arguments are server, user and password; see names.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import xnat
import xnat.inspect
import xnat.search
from names import answer
from xnat import core, exceptions, header, mixin, plugins, prearchive, search, services, session, users, utils
from xnat import map as mapping

EVERY = [core.XNATBaseObject, core.XNATObject, header.XNATObjectMixin, mixin.HasDataDir, mixin.Mappable]
CLASSES = [
    *EVERY,
    session.BaseXNATSession,
    session.XNATSession,
    core.CustomVariableMap,
    core.CustomVariableGroup,
    core.XNATBaseListing,
    core.XNATListing,
    mixin.ProjectData,
    mixin.InvestigatorData,
    mixin.SubjectData,
    mixin.ExperimentData,
    mixin.SubjectAssessorData,
    mixin.ImageSessionData,
    mixin.DerivedData,
    mixin.ImageScanData,
    mixin.AbstractResource,
    header.FileData,
    prearchive.PrearchiveSession,
    prearchive.PrearchiveScan,
    prearchive.PrearchiveResource,
    prearchive.PrearchiveFile,
    prearchive.Prearchive,
    services.DicomBoxImportRequest,
    services.Services,
    search.BaseSearchField,
    search.Query,
    users.Users,
    users.User,
    plugins.PluginConfiguration,
    plugins.Plugins,
    xnat.inspect.Inspect,
]


class Errors:
    """Stands for the module of errors, so that each of them is a public name."""


for name, found in vars(exceptions).items():
    if isinstance(found, type) and issubclass(found, BaseException):
        setattr(Errors, name, found)


def roots(connection):
    made = connection.classes
    return {
        "connect": xnat.connect,
        "connection": connection,
        "object": EVERY,
        "listing": core.XNATListing,
        "project": made.ProjectData,
        "subject": made.SubjectData,
        "SubjectData": made.SubjectData,
        "experiment": made.ExperimentData,
        "imaging": made.ImageSessionData,
        "scan": made.ImageScanData,
        "assessor": [made.ImageAssessorData, mixin.DerivedData],
        "investigator": made.InvestigatorData,
        "resource": made.AbstractResource,
        "file": header.FileData,
        "custom_variables": core.CustomVariableMap,
        "group": core.CustomVariableGroup,
        "services": connection.services,
        "token": services.TokenResult,
        "inbox": services.DicomBoxImportRequest,
        "prearchive": connection.prearchive,
        "received": prearchive.PrearchiveSession,
        "received_scan": prearchive.PrearchiveScan,
        "received_resource": prearchive.PrearchiveResource,
        "received_file": prearchive.PrearchiveFile,
        "users": users.Users,
        "user": users.User,
        "plugins": plugins.Plugins,
        "plugin": plugins.PluginConfiguration,
        "inspect": connection.inspect,
        "query": search.Query,
        "field": [search.SearchField, search.BaseSearchField],
        "search": search,
        "exceptions": Errors,
        "MappingLevel": mapping.MappingLevel,
        "FilterFunctions": utils.FilterFunctions,
    }


if __name__ == "__main__":
    server, user, password = sys.argv[1:]
    with xnat.connect(server, user=user, password=password, loglevel="ERROR") as connection:
        answer(roots(connection), [*CLASSES, Errors], {"connect": xnat.connect})
