"""The hand-written half of the SDK: transport, login, typed fields, listings and transfers.

Users import from a generated package such as `xnat_sdk`; its classes stand on this one.
"""

from ._version import __version__

__all__ = ["__version__"]
