from borne import limits


def test_a_whole_exchange_fits_the_chips_frame():
    assert limits.PN532_EXCHANGE_MAX + 3 <= limits.PN532_DATA_MAX < limits.PN532_FRAME_MAX


def test_token_and_proof_fit_one_response():
    assert limits.TOKEN_MAX + limits.PROOF_MAX <= limits.APDU_RESPONSE_MAX


def test_full_logs_fit_what_uploads_leave_free():
    # One segment more of each: an export begins a new one before it deletes the others.
    logs = 2 * (limits.JOURNAL_SEGMENTS_MAX + 1) * limits.JOURNAL_SEGMENT_MAX
    assert limits.STORE_RESERVE - logs == 32768
