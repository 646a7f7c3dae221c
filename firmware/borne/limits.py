"""Every bound on input from outside, in one place.

A length is compared with its bound here before a byte is allocated. Sizes are in bytes and times in
milliseconds unless a name says otherwise.
"""

from micropython import const

# PN532 (user manual UM0701-02, section 7): the chip's own buffers.
PN532_DATA_MAX = const(265)  # PD0..PDn of one extended frame, with TFI: section 6.2.1.2
PN532_FRAME_MAX = const(280)  # that, with preamble, LEN, LCS, DCS and postamble, and room to spare
PN532_EXCHANGE_MAX = const(262)  # DataOut/DataIn of one InDataExchange: section 7.3.8
PN532_ACK_TIMEOUT = const(150)  # ten times the chip's time for an ACK: section 6.2.1.5
PN532_CATCH_UP_TIMEOUT = const(800)  # the echo of one number, after an aborted command
PN532_LATE_TIMEOUT = const(2400)  # an ACK of a command sent only once: three of the above
PN532_COMMAND_TIMEOUT = const(250)  # commands that do not wait for a card
PN532_POLL_TIMEOUT = const(1000)  # InListPassiveTarget: its retries are bounded, about 150
PN532_CARD_TIMEOUT = const(30500)  # InDataExchange: over MDOC_TAP_TIMEOUT, which ends the wait
PN532_RELEASE_TIMEOUT = const(6500)  # InRelease: over the longest frame waiting time
PN532_RETRIES = const(3)  # ACK/NACK retransmissions before the chip counts as silent
PN532_FRAMES_MAX = const(8)  # stale, spoiled and double frames, while waiting for one answer
PN532_RESPONSE_MAX = const(512)  # a card's answer over all its MI parts; a short APDU's is 258

# ISO 7816-4 exchange
APDU_DATA_MAX = const(255)  # Lc of one short command
APDU_COMMAND_MAX = const(4096)  # a command's data over all its chained parts
APDU_RESPONSE_MAX = const(4096)  # a response over all its GET RESPONSE parts
APDU_PARTS_MAX = const(40)  # GET RESPONSE commands for one answer: an endless 61xx is refused

TIME_MAX = const(253402300799)  # unix seconds: the end of the year 9999

REST_MIN = const(2)  # seconds that a verdict stays on the screen, by the policy
REST_MAX = const(60)
PHONE_TOKENS_MAX = const(4)  # beneficiaries in one answer; four such tokens and proofs take 2.6 kB

TAP_TIMEOUT = const(6000)  # a whole tap; the longest frame waiting time is 4949 ms (FWI 14)

# CBOR (RFC 8949)
CBOR_DEPTH_MAX = const(12)
CBOR_TEXT_MAX = const(512)  # a text string
# Items of one message, with nested ones and map keys: each may cost 70 bytes of heap for one of input.
CBOR_ITEMS_MAX = const(192)  # the payload of a token with all that the profile defines has 157
COSE_ITEMS_MAX = const(32)  # the structure around a payload, and again the protected header
KEY_SET_ITEMS_MAX = const(1024)  # KEYS_MAX keys with all their labels have 737

# COSE and the token profile
TOKEN_MAX = const(3072)
PROOF_MAX = const(512)
KID_MAX = const(32)
NONCE_SIZE = const(32)
URI_MAX = const(256)
NAME_MAX = const(128)
TERMINAL_ID_MAX = const(32)
PERIODS_MAX = const(16)
TIME_ZONE_MAX = const(80)  # characters of a rule; the longest of the IANA database has 44

# Trust data
KEYS_MAX = const(32)  # keys of one key set
KEY_SET_MAX = const(8192)
POLICY_MAX = const(4096)
ROOTS_FILE_MAX = const(32768)
STATUS_LIST_COUNT_MAX = const(16)
STATUS_LIST_FILE_MAX = const(4194304)
LIST_NAME_MAX = const(32)  # each part of "status/<list>/<n>"
STATUS_INDEX_MAX = const(0x07FFFFFF)  # 134 million tokens in one list
CLOCK_SKEW_MAX = const(300)  # seconds, token-profile.md

# Bytes allocated between two collections while no phone is read. Without them allocations move through all of
# the heap, and the objects that stay break the free part into small holes.
GARBAGE_MAX = const(8192)

# The journal and the receipts: bytes of a segment, and segments of each (docs/journal.md)
JOURNAL_SEGMENT_MAX = const(16384)
JOURNAL_SEGMENTS_MAX = const(8)
JOURNAL_LINE_MAX = const(1024)
JOURNAL_FOLD_MAX = const(3600)  # seconds for which taps without a signed token are one line
JOURNAL_KINDS_MAX = const(
    22
)  # of such taps (17 verdicts may have no signed token) and of faults that recur (5)

# Revocation lists (docs/revocation.md)
RSL_BLOCK_MIN = const(64)
RSL_BLOCK_MAX = const(1024)  # RAM of a look-up; applying a delta takes three of them
RSL_PARAMETER_MAX = const(1048576)  # Golomb's: its 21 bits and a byte fit a small integer

# The link (docs/link.md)
LINK_FRAME_MAX = const(1280)  # a frame between its 0x00 bytes, and the RAM that it takes
LINK_CHUNK_MAX = const(1024)  # file bytes in one message
LINK_WANTED_MAX = const(8)  # files named in one answer to commit
LINK_EVENTS_MAX = const(8)  # events that wait for the line
LINK_WRITE_TIMEOUT = const(2000)  # for a line that takes no byte: then the frame is given up
LINK_COURIER_MAX = const(300000)  # silence after which a courier counts as gone
LINK_SUBSCRIPTION_MAX = const(3600)  # seconds
LINK_IDENTIFY_MAX = const(60)  # seconds

# The release store and the clock
RELEASE_MAX = const(4096)  # release.cbor
# Flash that no upload takes: the journal and the receipts when they are full, 32 KiB for copies on write and
# the release.
STORE_RESERVE = const(327680)
STORE_SYNC = const(16384)  # bytes of an upload that a pulled plug may cost
SETTINGS_MAX = const(144)  # settings.cbor: TERMINAL_ID_MAX, TIME_ZONE_MAX and a language take 123
CLOCK_STEP_MAX = const(2592000)  # seconds: 30 days, after which trust data is stale in any case
CLOCK_CONFIRM_WITHIN = const(60)  # seconds for the operator to confirm a longer step
CLOCK_HOLD = const(3000)  # ms for which the button is held to lower the floor
CLOCK_SAVE_EVERY = const(21600)  # seconds that the floor rises between writes to flash

# TUF metadata (borne.trust.tuf)
TUF_ROOT_MAX = const(6400)  # ten keys; two roots are in RAM during a rotation
TUF_TIMESTAMP_MAX = const(2048)
TUF_SNAPSHOT_MAX = const(2048)
TUF_TARGETS_MAX = const(8192)  # some forty targets: bornetools.publisher.draft
TUF_ROOT_ROTATIONS_MAX = const(64)  # roots in one update
TUF_KEYS_MAX = const(32)  # keys of one role
TUF_DEPTH_MAX = const(16)  # nested JSON
