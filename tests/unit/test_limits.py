from borne import limits


def test_a_whole_exchange_fits_the_chips_frame():
    assert limits.PN532_EXCHANGE_MAX + 3 <= limits.PN532_DATA_MAX < limits.PN532_FRAME_MAX


def test_token_and_proof_fit_one_response():
    assert limits.TOKEN_MAX + limits.PROOF_MAX <= limits.APDU_RESPONSE_MAX
