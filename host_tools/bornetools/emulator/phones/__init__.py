"""The emulated phones: a token's application, and a wallet with mdocs."""
