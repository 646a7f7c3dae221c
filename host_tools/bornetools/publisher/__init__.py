"""The publisher of trust data: a TUF repository, made with python-tuf's own metadata API."""
