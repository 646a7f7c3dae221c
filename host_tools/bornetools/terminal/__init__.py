"""`borne terminal`: what a terminal says of itself."""
