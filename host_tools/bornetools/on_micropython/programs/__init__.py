"""Programs that run on either interpreter: imported on CPython, started as scripts on the VM."""
