"""`borne bridge`: each verdict as it happens, to software on this computer (docs/bridge.md)."""
