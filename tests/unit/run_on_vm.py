"""Runs the test functions of one module on MicroPython in virtual time: a line of JSON for each."""

import io
import json
import sys

import virtual_time

virtual_time.install()
module = __import__(sys.argv[1])
for name in dir(module):
    if name.startswith("test_"):
        error = ""
        try:
            getattr(module, name)()
        except Exception as failure:
            text = io.StringIO()
            sys.print_exception(failure, text)
            error = text.getvalue()
        print(json.dumps({"name": name, "error": error}))
