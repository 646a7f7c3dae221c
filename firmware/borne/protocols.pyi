"""The interfaces between the parts, as types. A stub has no code: mypy reads it, and no board gets it.

A module imports from here under `if False:`, which MicroPython compiles to nothing. Sizes are in bytes and
times in unix seconds, unless a name or a docstring says otherwise.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias, TypeVar

from _mpy_shed.time_mp import _TicksMs, _TicksUs

from borne.crypto.ecdh import KeyPair
from borne.storage.file_view import FileView
from borne.token.cose_key import CoseKey
from borne.token.health_cover import HealthCover
from borne.trust.trustset import TrustSet
from borne.verify.credential import StatusRef
from borne.verify.evidence import Evidence, MdocEvidence
from borne.verify.verdict import Signed

# Bytes, and values decoded from them.
Bytes: TypeAlias = bytes | bytearray | memoryview
Buffer: TypeAlias = bytearray | memoryview  # a writable one
Encoded: TypeAlias = Bytes | FileView  # in RAM or in a file
Slice = TypeVar("Slice", bound=Encoded)  # slices of an Encoded are of its kind
Map: TypeAlias = dict[object, object]  # a decoded CBOR map, none of its values checked
Json: TypeAlias = dict[str, Any]  # a decoded JSON object, whose form borne.trust.tuf_format checks
Typed = TypeVar("Typed")
Scalar = TypeVar("Scalar", int, str)

# Numbers of P-256.
Point: TypeAlias = list[bytearray]  # borne.crypto.comb
Jacobian: TypeAlias = tuple[int, int, int]  # borne.crypto.jacobian

AnyEvidence: TypeAlias = Evidence | MdocEvidence
Failure: TypeAlias = tuple[str, str] | None  # a verdict's code and detail; None: the check holds
Event: TypeAlias = dict[
    str, Any
]  # a report of borne.app: `event`, and the fields that docs/link.md names
Fields: TypeAlias = Iterable[tuple[str, object]]  # of a line of a log
DocRequest: TypeAlias = tuple[
    str, dict[str, list[tuple[str, bool]]]
]  # as device_request.encode says

TicksMs: TypeAlias = _TicksMs  # of time.ticks_ms
TicksUs: TypeAlias = _TicksUs  # of time.ticks_us
Pause: TypeAlias = Callable[[], Awaitable[None]]  # awaited between pieces of work
Fault: TypeAlias = Callable[[str, str], None]  # takes a fault's code, and a fixed text
Room: TypeAlias = Callable[
    [int], memoryview | None
]  # room for an answer of that size; None: the usual

# Files.

class File(Protocol):
    """An open file of bytes, of any file system."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readinto(self, buffer: Buffer, /) -> int: ...
    def readline(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def write(self, data: Bytes, /) -> int: ...
    def flush(self) -> None: ...
    def fileno(self) -> int: ...
    def close(self) -> None: ...
    def __enter__(self) -> File: ...
    def __exit__(self, *error: Any) -> None: ...

OpenFile: TypeAlias = Callable[..., File]

class Os(Protocol):
    """The functions of the module `os` that change files. A rename is atomic. All raise OSError."""

    def listdir(self, path: str, /) -> list[str]: ...
    def mkdir(self, path: str, /) -> object: ...
    def remove(self, path: str, /) -> None: ...
    def rename(self, path: str, to: str, /) -> None: ...
    def stat(self, path: str, /) -> tuple[int, ...]: ...
    def statvfs(self, path: str, /) -> tuple[int, ...]: ...

class Log(Protocol):
    """A borne.journal.chained_log.ChainedLog, as a ReleaseStore needs it."""

    def held(self) -> int: ...

class Output(Protocol):
    """Something to write to."""

    def write(self, data: Bytes, /) -> object: ...

class Hasher(Protocol):
    """A hash of hashlib."""

    def update(self, data: Bytes, /) -> None: ...
    def digest(self) -> bytes: ...

# The way to a phone.

class CardChannel(Protocol):
    """Carries APDUs to the phone that is selected, as Pn532 does."""

    async def exchange(self, command: Bytes) -> memoryview:
        """Sends a command APDU. Returns the response, which is valid until the next call.

        Raises GoneError, ChipError.
        """

class TapRandom(Protocol):
    """The random numbers of taps, as borne.randomness.prepared.Prepared has them."""

    def nonce(self) -> bytes:
        """A fresh nonce of limits.NONCE_SIZE bytes."""

    def key_pair(self) -> KeyPair:
        """A fresh ephemeral key pair."""

class Transfer(Protocol):
    """Carries the messages of one mdoc session."""

    @property
    def gone(self) -> bool:
        """True once the phone has left."""

    @property
    def round_trip_us(self) -> int | None:
        """The microseconds from the command that completed the message to the last byte of its answer; None
        before there was one."""

    async def exchange(self, message: Bytes, room: Room) -> memoryview:
        """Sends a message, and returns the answer, writable.

        `room` is called with the size of the answer and its wrapping. The message may lie in that room: it is
        sent before the call. Raises GoneError once the phone has left.
        """

    async def end(self, message: bytes | None = None) -> None:
        """Sends the last message; None: ends without one. Its arrival does not matter. The answers of
        `exchange` stay."""

class Carrier(Protocol):
    """A carrier for an mdoc, made for one handover (borne.nfc.handover)."""

    # Its name in texts; and the fields of its carrier configuration record.
    name: str
    tnf: int
    type: bytes
    id: bytes

    def offered(self) -> bytes:
        """The payload of that record in the Handover Request message."""

    def chosen(self, payload: memoryview) -> None:
        """Takes the payload of the record in the phone's Handover Select message. Raises DecodeError,
        UnsupportedError."""

    async def open(self, card: CardChannel) -> Transfer:
        """The Transfer to the phone whose engagement was read from `card`."""

# Keys and signatures.

class Curve(Protocol):
    """A module of borne.crypto that verifies signatures."""

    def on_curve(self, x: int, y: int) -> bool: ...
    def verify(
        self,
        x: int,
        y: int,
        digest: bytes,
        signature: Bytes,
        table: Bytes | File | None = None,
        start: int = 0,
    ) -> bool:
        """True if `signature` (as in COSE) is one of `digest` by the key (x, y).

        `table` is the key's comb, if there is one: bytes, or an open file in which it begins at `start`. A
        False by a damaged comb means nothing. Raises OSError if the file cannot be read.
        """

# The release, and its lists.

class Keys(Protocol):
    """The issuers' keys."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[CoseKey]: ...
    def find(self, kid: bytes) -> list[CoseKey]:
        """The keys with this kid."""

class Store(Protocol):
    """The files of a release, by name. All of it raises StoreError."""

    @property
    def time(self) -> int:
        """The time of the release."""

    def names(self) -> Iterable[str]: ...
    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file of at most `most` bytes."""

    def view(self, name: str, most: int) -> FileView:
        """A FileView of a file of at most `most` bytes, which stays open."""

class StatusSource(Protocol):
    """A list of statuses: of one status for a revocation list, of any for a Token Status List."""

    @property
    def uri(self) -> str: ...
    @property
    def issued_at(self) -> int: ...
    @property
    def issuer(self) -> str | bytes | None:
        """The issuer of the tokens and mdocs on the list, as in StatusRef; None: any issuer."""

    @property
    def states(self) -> int:
        """The status that the list stands for; 0: any."""

    @property
    def identifiers(self) -> bool:
        """True: its keys are identifiers (bytes), else indices (int)."""

    def value(self, key: Any, now: int) -> int | None:
        """The status at `key`, 0: valid; None where the list cannot tell: expired, or too short."""

class MetadataFile(Protocol):
    """A TUF metadata file that is not in RAM."""

    def __len__(self) -> int: ...
    def json(self) -> object:
        """The content of the file. Raises ValueError or RuntimeError if it is not JSON."""

    def feed(self, take: Callable[[Bytes], object]) -> None:
        """Calls `take` with the bytes, piece by piece."""

Metadata: TypeAlias = bytes | MetadataFile
Fetch: TypeAlias = Callable[[str, int], Metadata | None]

class TufStore(Protocol):
    """The metadata verified before, by role."""

    def read(self, role: str) -> Metadata | None: ...
    def write(self, role: str, data: Any) -> None: ...
    def delete(self, role: str) -> None:
        """Deletes the role's metadata, if there are any."""

# Credentials.

class Credential(Protocol):
    """A credential that a phone has shown, of any format. An attribute is None until its check.

    The verifier (borne.verify.verifier) calls each method once and in this order. Each of the first four
    returns the Failure of its check, and raises DecodeError.
    """

    @property
    def evidence(self) -> AnyEvidence: ...
    @property
    def cover(self) -> HealthCover | None:
        """None after the checks: a genuine credential without a health cover."""

    expires: int | None
    not_before: int | None  # may stay None
    issued_at: int | None  # may stay None
    user_verified: bool | None  # as the phone reports it; None: its format does not
    signed: Signed | None

    def shape(self) -> Failure:
        """Decodes the evidence."""

    def issuer_known(self, trust: TrustSet, now: int | None) -> Failure:
        """Finds the issuer in the trust set."""

    def issuer_signature(self) -> Failure:
        """Verifies the issuer's signature."""

    def holder_proof(self) -> Failure:
        """Verifies the phone's proof for this tap."""

    def statuses(self) -> Iterable[list[StatusRef]]:
        """A list of references for each object with a status. Of each list, one reference that can tell is
        enough. Raises UnsupportedError."""

# The screen.

class Font(Protocol):
    """A font module; borne.ui.font says the order of the glyphs."""

    WIDTH: int
    HEIGHT: int
    PICTURE: Any  # a FrameBuffer of all glyphs, one below the other
    CELL: Any  # a FrameBuffer of one glyph
    ROWS: bytearray  # the bytes of CELL
    IN_FILE: int  # offset of its rows among those of one character in borne.ui.glyphs

class Texts(Protocol):
    """The words of one language: a module borne.ui.texts_*."""

    SAID: tuple[tuple[str, str, str], ...]
    DATE: str
    CLOCK: str
    BECOMES: str
    BORN: str
    UNTIL: str
    PLACE: str
    DELEGATE: str
    FROM_PID: str
    TRUST: str
    AGES: tuple[tuple[int, str, str], ...]
    AGE_NOW: str
    AGE_UNKNOWN: str
