"""The names of the numbers on the wire and in files, with the clauses that say so; on both interpreters.

They are written by the documents, and come neither from the firmware nor from the host's encoders: tests that
go by them pin the numbers of both.
"""

ES256, EDDSA, ES384 = -7, -8, -35  # algorithms: RFC 9053 section 2
OKP, EC2 = 1, 2  # key types: RFC 9053 section 7
P256, P384, ED25519 = 1, 2, 6  # curves: RFC 9053 section 7.1


class Header:
    """Parameters of a COSE header: RFC 9052 section 3.1; RFC 9596; RFC 9360 section 2."""

    ALG, CRIT, KID, TYP, X5CHAIN = 1, 2, 4, 16, 33


class Key:
    """Parameters of a COSE_Key: RFC 9052 section 7.1, RFC 9053 section 7; docs/protocol.md."""

    KTY, KID, ALG, OPS = 1, 2, 3, 4
    CRV, X, Y, D = -1, -2, -3, -4
    ISSUER, NOT_BEFORE, NOT_AFTER, STATE = -65801, -65802, -65803, -65804


class Claim:
    """Claims of a CWT: RFC 8392 section 3.1, RFC 8747 section 3; Token Status List sections 5.2 and 6.3, and
    ISO/IEC 18013-5's identifier list; docs/protocol.md."""

    ISS, SUB, EXP, NBF, IAT, CTI, CNF = 1, 2, 4, 5, 6, 7, 8
    IDENTIFIER_LIST, STATUS_LIST, TTL, STATUS = 65530, 65533, 65534, 65535
    HCOV = -65800


COSE_KEY = 1  # of `cnf`: RFC 8747 section 3.1


class Cover:
    """The claim `hcov`: docs/protocol.md."""

    FAMILY, GIVEN, BIRTH_DATE, NIR, RANK = 1, 2, 3, 4, 5
    SCHEME, DEPARTEMENT, ENTITLEMENTS, PROOFING, DELEGATE = 6, 7, 8, 9, 10


class Delegate:
    """Of a cover: docs/protocol.md."""

    FAMILY, GIVEN, UNTIL = 1, 2, 3


class Rule:
    """policy.cbor: docs/protocol.md."""

    WARN_AFTER, REFUSE_AFTER, CLOCK_SKEW, PURPOSES, USER_VERIFICATION, RELAY_BOUND = (
        1,
        2,
        3,
        4,
        5,
        6,
    )
    ELIGIBILITY, REFUSE_UNEXPORTED, RECEIPTS, REST, WHOLE_NIR, TIME_ZONE = 7, 8, 9, 10, 11, 12
    IDENTITY_TO_SOFTWARE = 20


class Eligible:
    """The rules of eligibility in a policy: docs/protocol.md."""

    MINIMUM_AGE, FUNDS, DEPARTEMENTS, GENERAL_FROM = 1, 2, 3, 4


class Root:
    """An entry of iaca.cbor: docs/mdoc.md."""

    CERTIFICATE, DOC_TYPES, STATE, NAME = 1, 2, 3, 4


class Release:
    """A release on the flash: docs/trust.md."""

    VERSION, AS_OF, FILES = 1, 2, 3


class Challenge:
    """What INTERNAL AUTHENTICATE asks with: docs/protocol.md."""

    NONCE, TERMINAL_ID, PURPOSE, TIME = 0, 1, 2, 3


class Selected:
    """What SELECT is answered with: docs/protocol.md."""

    VERSION, RESPONSE_MAX, LABEL = 0, 1, 2


class DeviceEngagement:
    """DeviceEngagement: ISO/IEC 18013-5 section 8.2.1.1."""

    VERSION, SECURITY, METHODS = 0, 1, 2


class Nfc:
    """NfcOptions of a retrieval method: ISO/IEC 18013-5 section 8.2.1.1."""

    COMMAND_MAX, RESPONSE_MAX = 0, 1


class ReaderFile:
    """reader.cbor."""

    PRIVATE, CHAIN = 1, 2


class Setting:
    """settings.cbor."""

    ID, LANGUAGE, TIME_ZONE = 1, 2, 3
