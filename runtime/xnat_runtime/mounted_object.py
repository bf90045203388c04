"""What items tell of a mounted archive."""

from __future__ import annotations

from pathlib import Path

from .archive_item import ArchiveObject


class MountedObject(ArchiveObject):
    """An item with a folder in the archive, which ``XNAT_DATA`` may show here; it is never written."""

    @property
    def data_dir(self) -> Path | None:
        """Folder of the item in the mounted archive, None without a mount or where it is not there."""
        from .mounted import folder  # noqa: PLC0415  # few programs run beside an archive

        return folder(self)

    @property
    def expected_data_dir(self) -> Path | None:
        """Folder that the item has in the mounted archive, there or not; None without a mount.

        Raises:
            UnsafeNameError: A label of the server is no name of a folder.
        """
        from .mounted import expected_folder  # noqa: PLC0415  # as above

        return expected_folder(self)
