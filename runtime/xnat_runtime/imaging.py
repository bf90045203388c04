"""What an imaging session and the scans, assessors and reconstructions in it do."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

from .bundles import scans_path, zip_of
from .classes import plain_class
from .collaboration import CollaboratingSession
from .custom_fields import CustomFieldsObject
from .downloadable import DownloadableObject
from .errors import InvalidValueError
from .hierarchy import ExperimentObject
from .locate import parent_uri
from .mappable import Mappable
from .paths import child, join
from .sharing import SharableObject

if TYPE_CHECKING:
    import pydicom

    from .dump import DicomDumpRow
    from .files import FileData
    from .listings import Listing
    from .preview import Preview
    from .results import TransferResult
    from .transfers.events import Observer
    from .transfers.layouts import Layout
    from .transfers.options import TransferOptions
    from .transfers.report import TransferReport

A = TypeVar("A", bound="AssessorObject")


class ImageSessionObject(ExperimentObject, CollaboratingSession):
    """Behaviour of ``xnat:imageSessionData`` and all that extends it."""

    def download(
        self,
        target: str | Path,
        scan_filter: str = "ALL",
        *,
        overwrite: bool = False,
        progress: Observer | None = None,
        verbose: bool = False,
    ) -> TransferResult:
        """Writes the files of scans to one zip file, in XNAT's layout (rest-data 10.6).

        Args:
            target: Path of the zip file to write.
            scan_filter: Which scans: ``ALL``, or IDs and types joined by commas.
            overwrite: Whether an existing file may be replaced.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no such scans, or they hold no files.
            TransferError: The archive did not arrive whole; nothing is left at the target.
        """
        return zip_of(self, scans_path(scan_filter), target, overwrite, progress, verbose=verbose)

    def download_dir(
        self,
        target: str | Path,
        scan_filter: str = "ALL",
        *,
        layout: Layout | str | None = None,
        overwrite: bool = False,
        manifest: bool = False,
        options: TransferOptions | None = None,
        progress: Observer | None = None,
        verbose: bool = False,
    ) -> TransferReport:
        """Writes the files of scans below a folder, as ``<label>/scans/<id>-<type>/resources/<label>/files/...``.

        Files that stand there with the right bytes are skipped, so that an interrupted download goes on where it
        stopped.

        Args:
            target: The folder; it is created when it does not exist.
            scan_filter: Which scans; see `download`.
            layout: How the files are arranged: ``xnat`` (the default), ``flat``, or a template such as
                ``{subject}/{session}/{scan}-{type}/{file}``; see `xnat_runtime.transfers.layouts.Layout`.
            overwrite: Whether files with other bytes may be replaced.
            manifest: Whether ``manifest.json`` is written, which tells what the folder holds and checks it later.
            options: Workers, retries, strategy and limits; see `xnat_runtime.transfers.options.TransferOptions`.
            progress: Told of what happens (`xnat_runtime.transfers.events`).
            verbose: Whether to tell on stderr how far it is.

        Raises:
            NotFoundError: There are no such scans, or they hold no files.
            TargetExistsError: A file with other bytes is there and ``overwrite`` is not set.
            UnsafeNameError: A name of the server would leave the folder.
            TransferError: Files did not arrive as announced, after all attempts; what came stays.
        """
        from .transfers.download_item import download_into  # noqa: PLC0415  # transfers are imported when they happen

        return download_into(
            self, target, scan_filter=scan_filter, layout=layout, overwrite=overwrite, manifest=manifest,
            options=options, progress=progress, verbose=verbose,
        )  # fmt: skip

    @overload
    def create_assessor(self, label: str, type_: type[A]) -> A: ...
    @overload
    def create_assessor(self, label: str, type_: str) -> AssessorObject: ...
    def create_assessor(self, label: str, type_: type[AssessorObject] | str) -> AssessorObject:
        """Creates an assessor of this session, empty: one request. ``Cls(parent=session, ...)`` sets fields, too.

        Args:
            label: Its label, which must be new in the project.
            type_: Its class, such as ``QcManualAssessorData``, or the name of its data type.

        Raises:
            ConflictError: The label is taken.
            InvalidValueError: There is no such type, or it is none of assessors.
        """
        found: object = self.session.registry.load(type_) if isinstance(type_, str) else plain_class(type_)
        if not isinstance(found, type) or not issubclass(found, AssessorObject):
            msg = f"{type_} is no type of assessors, such as xnat:qcManualAssessorData"
            raise InvalidValueError(msg)
        made = found.__xnat_from_server__(self.session, "", {"label": label}, self)
        made.__xnat_exist_ok__ = False
        made.__xnat_create__(self)
        return made


class AssessorObject(ExperimentObject):
    """Behaviour of ``xnat:imageAssessorData`` and all that extends it."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    def __xnat_base__(self) -> str:
        """Names the imaging session: only there has an assessor resources ``in`` and ``out``."""
        if "/assessors/" in self.uri:
            return self.uri
        return join("data", "experiments", self.__xnat_session_id__(), "assessors", str(self.__xnat_value__("ID")))

    def __xnat_session_id__(self) -> str:
        return str(self.__xnat_value__("imageSession_ID") or self.__xnat_value__("session_ID") or "")

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_require__("label")
        owner = self.__xnat_owner_in__(parent)
        collection = f"{owner.__xnat_base__()}/assessors"
        values = {"project": owner.__xnat_value__("project"), "imageSession_ID": owner.__xnat_value__("ID")}
        self.__xnat_row__["ID"] = identity = self.__xnat_post__(owner.session, collection, values)
        self.__xnat_uri__ = child(collection, identity)

    def __xnat_find_parent__(self) -> object:
        above = parent_uri(self.uri)
        if "/assessors/" in self.uri and above:
            return self.session.create_object(above)
        return self.session.create_object(child("/data/experiments", self.__xnat_session_id__()))


class ScanObject(DownloadableObject, SharableObject, CustomFieldsObject, Mappable):
    """Behaviour of ``xnat:imageScanData`` and all that extends it."""

    __xnat_shown__ = "type"

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    @property
    @abc.abstractmethod
    def files(self) -> Listing[FileData]:
        """The files of the scan's resources."""

    def read_dicom(self, file: FileData | None = None, *, read_pixel_data: bool = False) -> pydicom.Dataset:
        """Returns the data set of a file, by default of the scan's first: one request for it, and one for the list.

        The transfer stops before the pixels unless they are wanted.

        Raises:
            UsageError: The scan has no file in a resource named or formatted DICOM.
            DecodeError: The file is no DICOM file.
        """
        from .scan_dicom import first_of  # noqa: PLC0415  # as in zip_of()

        return (file or first_of(self)).read_dicom(read_pixel_data=read_pixel_data)

    def iter_dicom(self, *, read_pixel_data: bool = False) -> Iterator[pydicom.Dataset]:
        """Yields the data sets of the scan's DICOM files, one at a time; see `read_dicom`."""
        from .scan_dicom import files_of  # noqa: PLC0415  # as above

        return (file.read_dicom(read_pixel_data=read_pixel_data) for file in files_of(self))

    def dicom_dump(self, fields: Iterable[str] | None = None) -> list[DicomDumpRow]:
        """Returns the header of one of the scan's files as the server reads it; see `xnat_runtime.dump.dicom_dump`."""
        from .dump import dicom_dump  # noqa: PLC0415  # as above

        return dicom_dump(self.session, self, fields)

    def preview(
        self,
        tiles: int = 12,
        *,
        size: int = 192,
        columns: int = 4,
        window: tuple[float, float] | None = None,
    ) -> Preview:
        """Returns a picture of the scan: some of its DICOM images side by side (extra ``preview``).

        Images are taken evenly from the stack, ordered by where they lie in the patient, and drawn as their headers
        say (PS3.3 C.7.6.3, C.11): slope and intercept or tables, window, colours, proportions. Where headers name no
        window, one for all images leaves out the darkest and the brightest hundredth. One request for the list of
        files, and one for each file that is drawn, of which there are ``tiles`` at most; those travel whole.

        Args:
            tiles: Number of images at most.
            size: Pixels of the longer side of each image.
            columns: Images side by side at most.
            window: Centre and width of the values to show, such as ``(40, 400)``, in place of the headers'.

        Raises:
            UsageError: numpy or Pillow is not installed, or the scan has no DICOM file that holds an image.
            DecodeError: A file is no DICOM file, or its pixels are compressed in a way that nothing installed reads.
            InvalidValueError: A number is too small or too large.
        """
        from .preview import preview_of  # noqa: PLC0415  # as above

        return preview_of(self, tiles, size=size, columns=columns, window=window)

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_create_below__(parent, "scans")


class ReconstructionObject(DownloadableObject):
    """Behaviour of ``xnat:reconstructedImageData``."""

    @classmethod
    def __xnat_parent_kind__(cls) -> type:
        return ImageSessionObject

    def __xnat_create__(self, parent: object) -> None:
        self.__xnat_create_below__(parent, "reconstructions")
