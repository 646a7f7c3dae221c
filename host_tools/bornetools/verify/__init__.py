"""The firmware's verifier on files, and published test vectors through its code."""
