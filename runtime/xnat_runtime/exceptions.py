"""The errors of this package under the names that xnatpy gives them; new programs use those of `errors`."""

from __future__ import annotations

from .errors import (
    AuthenticationError as XNATAuthError,
)
from .errors import (
    ConflictError as XNATObjectAlreadyExistsError,
)
from .errors import (
    CredentialsExpiredError as XNATExpiredCredentialsError,
)
from .errors import (
    InvalidValueError as XNATValueError,
)
from .errors import (
    KeyNotFoundError as XNATKeyError,
)
from .errors import (
    LoginFailedError as XNATLoginFailedError,
)
from .errors import (
    NotFoundError as XNATObjectDestroyedError,
)
from .errors import (
    ResponseError as XNATResponseError,
)
from .errors import (
    TlsError as XNATSSLError,
)
from .errors import (
    TransferError as XNATIOError,
)
from .errors import (
    TransferError as XNATUploadError,
)
from .errors import (
    TransportError as XNATConnectionError,
)
from .errors import (
    UsageError as XNATNotConnectedError,
)
from .errors import (
    XnatError as XNATError,
)

__all__ = [
    "XNATAuthError",
    "XNATConnectionError",
    "XNATError",
    "XNATExpiredCredentialsError",
    "XNATIOError",
    "XNATKeyError",
    "XNATLoginFailedError",
    "XNATNotConnectedError",
    "XNATObjectAlreadyExistsError",
    "XNATObjectDestroyedError",
    "XNATResponseError",
    "XNATSSLError",
    "XNATUploadError",
    "XNATValueError",
]
