"""Exceptions to the rules, as tables: what the schemas cannot say or say differently from what servers do.

Types are written ``prefix:name`` with the prefixes of `PREFIXES`; members by their path in the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .model.xsd import QName

# Namespace -> the prefix that stands for it in xsi:type, search documents and class names. A document may bind
# another one (`xdat` means two namespaces, schema-and-search 2.1); namespaces that are not here keep their own.
PREFIXES: Final[Mapping[str, str]] = {
    "http://nrg.wustl.edu/xnat": "xnat",
    "http://nrg.wustl.edu/security": "xdat",
    "http://nrg.wustl.edu/catalog": "cat",
    "http://nrg.wustl.edu/workflow": "wrk",
    "http://nrg.wustl.edu/arc": "arc",
    "http://nrg.wustl.edu/scr": "scr",
    "http://nrg.wustl.edu/val": "val",
    "http://nrg.wustl.edu/xnat_assessments": "xnat_a",
    "http://nrg.wustl.edu/pipe": "pipe",
    "http://nrg.wustl.edu/build": "build",
    "http://www.nbirn.net/prov": "prov",
}

# File names that a server serves as schemas but never reads as data types (schema-and-search 1.3).
NOT_DATA_TYPES: Final = frozenset({"display.xsd", "instance.xsd", "PlexiViewer.xsd"})

# Namespaces whose elements mark other schemas and whose complex types are no data: only their simple types count.
# A server ships such a schema with real declarations in it (schema-and-search 1.3 and 2.1).
MARK_NAMESPACES: Final = frozenset({"http://nrg.wustl.edu/xdat"})

# Simple type -> codec, where the server's meaning is not what the schema's base type says; these hold also
# when the schema that declares them is missing (schema-and-search 2.1).
CODECS: Final[Mapping[QName, str]] = {
    QName("http://nrg.wustl.edu/xdat", "LONGVARCHAR"): "TEXT",
    QName("http://nrg.wustl.edu/xdat", "jsonb"): "JSON",
}

# Type -> the runtime class (module, class) that it and everything derived from it are built on. These types
# have a REST path of their own; all others are structures inside their owner's document.
OBJECT_BASES: Final[Mapping[str, tuple[str, str]]] = {
    "xnat:projectData": ("xnat_runtime.archive", "ProjectObject"),
    "xnat:subjectData": ("xnat_runtime.archive", "SubjectObject"),
    "xnat:experimentData": ("xnat_runtime.archive", "ExperimentObject"),
    "xnat:imageScanData": ("xnat_runtime.archive", "ScanObject"),
    "xnat:reconstructedImageData": ("xnat_runtime.archive", "ReconstructionObject"),
    "xnat:abstractResource": ("xnat_runtime.archive", "ResourceObject"),
}

# Type -> the runtime class that stands before its schema base, for types that add behaviour further down.
MIXINS: Final[Mapping[str, tuple[str, str]]] = {
    "xnat:imageSessionData": ("xnat_runtime.archive", "ImageSessionObject"),
    "xnat:imageAssessorData": ("xnat_runtime.archive", "AssessorObject"),
}

# Type -> the type of its `parent`: another data type, or a runtime class (module, class). Only the highest type
# that no derived type narrows has one.
PARENTS: Final[Mapping[str, str | tuple[str, str]]] = {
    "xnat:projectData": ("xnat_runtime.session", "BaseSession"),
    "xnat:subjectData": "xnat:projectData",
    "xnat:subjectAssessorData": "xnat:subjectData",
    "xnat:imageAssessorData": "xnat:imageSessionData",
    "xnat:imageScanData": "xnat:imageSessionData",
    "xnat:reconstructedImageData": "xnat:imageSessionData",
    "xnat:abstractResource": ("xnat_runtime.objects", "XnatObject"),
}

# Type -> the second name of its `parent`, where it is what xnatpy calls it.
PARENT_NAMES: Final[Mapping[str, str]] = {"xnat:subjectAssessorData": "subject"}

# Type -> its members that identify an object and therefore never read as None.
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "xnat:projectData": frozenset({"ID"}),
    "xnat:subjectData": frozenset({"ID", "label"}),
    "xnat:experimentData": frozenset({"ID", "label"}),
    "xnat:imageScanData": frozenset({"ID"}),
    "xnat:reconstructedImageData": frozenset({"ID"}),
    "xnat:abstractResource": frozenset({"label"}),
}

# (type, member) -> the type that servers put there, where the declared type is an empty base
# (schema-and-search 2.3).
CONCRETE_TYPES: Final[Mapping[tuple[str, str], str]] = {
    ("xnat:subjectData", "demographics"): "xnat:demographicData",
    ("xnat:subjectData", "metadata"): "xnat:subjectMetadata",
}

# (type, member path) -> the collection property that replaces the member, where the names differ.
REPLACED_MEMBERS: Final[Mapping[tuple[str, str], str]] = {
    ("xnat:imageScanData", "file"): "resources",
    ("xnat:imageAssessorData", "in/file"): "in_resources",
    ("xnat:imageAssessorData", "out/file"): "out_resources",
    ("xnat:reconstructedImageData", "in/file"): "in_resources",
    ("xnat:reconstructedImageData", "out/file"): "out_resources",
}

# Type of a repeating member -> the field that tells its items apart, or None for "no such field": where
# displayIdentifiers names a field that is shown but does not identify.
ITEM_KEYS: Final[Mapping[str, str | None]] = {
    "xdat:field_mapping": None,
    "xdat:criteria": None,
}

# Type and member path -> Python name, where the name by rule is taken: by an inherited field of another kind
# (schema-and-search 2.5) or by the API. A site's own types are decided with --names instead.
FIELD_NAMES: Final[Mapping[str, str]] = {
    "xnat:projectData/custom_fields": "custom_fields_json",
    "xnat:subjectData/custom_fields": "custom_fields_json",
    "xnat:experimentData/custom_fields": "custom_fields_json",
    "xnat:imageScanData/custom_fields": "custom_fields_json",
    "xnat:qcManualAssessorData/protocol": "protocol_element",
    "xnat:pVisitData/status": "visit_status",
    "xnat:resource/URI": "resource_uri",
    "xnat:publicationResource/uri": "publication_uri",
    "arc:project/pipelines/descendants/descendant/xsiType": "element_type",
}

# Type -> class name, where two types get one name by rule.
CLASS_NAMES: Final[Mapping[str, str]] = {}

# Types that have no schema: item types of collections -> the runtime class (module, class).
RUNTIME_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "xnat:fileData": ("xnat_runtime.files", "FileData"),
}

# Names that the runtime gives every class with a REST path: no field may have one.
RESERVED_NAMES: Final = frozenset({
    "access_requests", "groups",
    "anonymization", "prearchive_routing",
    "dicomweb", "events", "roi_collections", "saved_searches", "workflows", "xsync",
    "access_level", "accessibility", "activate", "add_user", "copy_to", "create_assessor", "create_resource",
    "custom_fields", "custom_variables", "data", "data_dir", "delete", "dicom_dump", "download", "download_dir", "edit",
    "expected_data_dir", "external_uri", "iter_dicom", "map", "mirror", "parent", "plan_copy", "preview", "quarantine",
    "query", "read_dicom", "refresh", "refresh_catalog", "remove_access", "remove_user", "rename", "session",
    "set_access", "set_accessibility", "share", "unshare", "upload", "upload_data", "upload_dir", "uri", "users",
    "variable_definitions", "xsi_type",
})  # fmt: skip

# Names that the runtime gives experiments beside those, and the type that they all extend.
EXPERIMENT: Final = "xnat:experimentData"
RESERVED_EXPERIMENT_NAMES: Final = frozenset({"status", "subject"})

# Names that the runtime gives resources beside those, and the type that they all extend.
RESOURCE: Final = "xnat:abstractResource"
RESERVED_RESOURCE_NAMES: Final = frozenset({"id"})

# Names that the runtime gives every structure.
RESERVED_STRUCTURE_NAMES: Final = frozenset({"xsi_type"})

# The type of what imports give.
IMAGING: Final = "xnat:imageSessionData"

# The type of what searches over levels find when no level is named.
SCAN: Final = "xnat:imageScanData"

# Level of the archive -> the type of what lies there, top down.
LEVELS: Final[Mapping[str, str]] = {
    "project": "xnat:projectData",
    "project_resource": "xnat:abstractResource",
    "subject": "xnat:subjectData",
    "subject_resource": "xnat:abstractResource",
    "experiment": "xnat:experimentData",
    "experiment_resource": "xnat:abstractResource",
    "scan": "xnat:imageScanData",
    "scan_resource": "xnat:abstractResource",
}

# Placeholder of a path -> the name of its argument, where it is another than the placeholder in lower case.
ARGUMENT_NAMES: Final[Mapping[str, str]] = {
    "ASSESSED_ID": "session_id",
    "EXPT_ID": "experiment_id",
    "PAR_ID": "invitation_id",
    "RECON_ID": "reconstruction_id",
    "XNAME": "resource_name",
}

# Query parameter -> its name in Python, where the name by rule is that of another one.
PARAMETER_NAMES: Final[Mapping[str, str]] = {
    "data-type": "creatable_data_type",
    "subject_ID": "subject",
}

# Arguments that endpoints have beside those of the catalogue.
RESERVED_PARAMETER_NAMES: Final = frozenset({"json", "query"})

# Names that the runtime gives every record.
RESERVED_RECORD_NAMES: Final = frozenset({"data"})

# Public name of the package -> the module that has it: relative ones are generated, the others are the runtime's.
PUBLIC_NAMES: Final[Mapping[str, str]] = {
    "XnatSession": ".session",
    "connect": ".session",
    "open_offline": ".session",
    "__version__": "xnat_runtime._version",
    "AliasToken": "xnat_runtime.tokens",
    "CredentialProvider": "xnat_runtime.credential_provider",
    "CustomForm": "xnat_runtime.custom_forms",
    "CustomVariableDef": "xnat_runtime.variable_definitions",
    "DicomBoxImportRequest": "xnat_runtime.inbox",
    "DicomDumpRow": "xnat_runtime.dump",
    "DirectArchiveSession": "xnat_runtime.import_results",
    "Duration": "xnat_runtime.codec",
    "FilterFunctions": "xnat_runtime.patterns",
    "Listing": "xnat_runtime.listings",
    "MappedFunctionFailed": "xnat_runtime.mapping",
    "MappingLevel": ".levels",
    "NEVER": "xnat_runtime.transfers.retry",
    "Pace": "xnat_runtime.container_service.pacing",
    "Patience": "xnat_runtime.waiting",
    "PrearchiveFile": "xnat_runtime.prearchive_parts",
    "PrearchiveResource": "xnat_runtime.prearchive_parts",
    "PrearchiveScan": "xnat_runtime.prearchive_parts",
    "PrearchiveSession": "xnat_runtime.prearchive_session",
    "Preview": "xnat_runtime.preview",
    "PreviewSlice": "xnat_runtime.preview",
    "Query": "xnat_runtime.queries",
    "Request": "xnat_runtime.transport",
    "Response": "xnat_runtime.transport",
    "RetryPolicy": "xnat_runtime.transfers.retry",
    "ServerInfo": "xnat_runtime.server_info",
    "Timeouts": "xnat_runtime.timeouts",
    "UnknownTypeWarning": "xnat_runtime.registry",
    "Version": "xnat_runtime.server_info",
    **dict.fromkeys(
        (
            "AmbiguousKeyError",
            "AuthenticationError",
            "BadRequestError",
            "ConflictError",
            "ConnectionFailedError",
            "CorruptArchiveError",
            "CredentialsExpiredError",
            "DataError",
            "DecodeError",
            "DigestMismatchError",
            "FieldNotOnServerError",
            "ForeignUrlError",
            "IdentityProviderError",
            "IncompleteTransferError",
            "InvalidValueError",
            "KeyNotFoundError",
            "LoginFailedError",
            "LoginPageError",
            "MappingError",
            "MissingValueError",
            "NotFoundError",
            "OfflineError",
            "OperationError",
            "OperationFailedError",
            "PermissionDeniedError",
            "PluginMissingError",
            "ReadOnlyConnectionError",
            "ReadOnlyFieldError",
            "ReasonRequiredError",
            "RequestTimeoutError",
            "ResponseError",
            "ResultCountError",
            "ServerError",
            "SessionExpiredError",
            "TargetExistsError",
            "TlsError",
            "TokenExpiredError",
            "TransferError",
            "TransportError",
            "UnexpectedAnswerError",
            "UnexpectedStatusError",
            "UnsafeNameError",
            "UsageError",
            "WaitTimeoutError",
            "XnatError",
        ),
        "xnat_runtime.errors",
    ),
}
