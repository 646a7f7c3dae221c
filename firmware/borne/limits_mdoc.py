"""Bounds on input from outside with an mdoc (ISO/IEC 18013-5), in bytes unless a name says otherwise.

Apart from borne.limits, as each name takes RAM: this module is loaded when the first mdoc is read.
"""

from micropython import const

ENGAGEMENT_MAX = const(1024)  # DeviceEngagement; that of Annex D.3 has 162
ENGAGEMENT_ITEMS_MAX = const(64)  # CBOR items of one; it may name carriers that are not ours
HANDOVER_MAX = const(2048)  # the encoded Handover: two NDEF messages
PART_MIN = const(255)  # of one command or response that a phone has to take: section 8.2.1.1
PART_MAX = const(65536)
REQUEST_MAX = const(4096)  # DeviceRequest, with reader authentication for each document
MESSAGE_MAX = const(8256)  # SessionData: a response of 8 kB and its wrapping
ENVELOPE_MAX = const(8264)  # SessionData in its DO'53'
MESSAGE_ITEMS_MAX = const(8)
NDEF_MESSAGE_MAX = const(1024)
NDEF_RECORDS_MAX = const(16)
TNEP_WAIT_MAX = const(256)  # ms before each look for the answer; the standard has up to 27 s
TNEP_POLLS_MAX = const(31)  # looks that find none: the standard has 15, a widespread phone says 31
READER_KEY_MAX = const(2304)  # reader.cbor
READER_CHAIN_MAX = const(2048)  # the reader key's certificates
READER_CHAIN_COUNT_MAX = const(3)

# Verification
RESPONSE_MAX = const(8192)  # a DeviceResponse
TRANSCRIPT_MAX = const(3328)  # SessionTranscript: engagement, handover, the reader's key
DOCUMENTS_MAX = const(4)  # in one response
ELEMENTS_MAX = const(48)  # of one document
RESPONSE_ITEMS_MAX = const(
    1024
)  # CBOR items of a response or an MSO; they are passed over, not built
CERTIFICATE_MAX = const(2048)
NUMBER_MAX = const(64)  # another country's insured number
IDENTIFIER_MAX = const(64)  # of an identifier list
IDENTIFIER_LIST_ITEMS_MAX = const(65536)  # CBOR items of one: host tools read these
ROOTS_MAX = const(32)  # IACA certificates of a release
ROOTS_ITEMS_MAX = const(1024)
RETRY_WITHIN = const(30000)  # ms in which a wallet that declined the reader key is asked without it
MDOC_TAP_TIMEOUT = const(30000)  # an mdoc's tap: the holder may first have to agree on the phone
