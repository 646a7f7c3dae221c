"""A restart that the link asks for: the machine's own, and with all that was on its flash."""

from bornetools.link.client import Client


def test_a_restart_that_the_link_asks_for(terminal, person):
    with Client(terminal.port) as client:
        before = client.request("hello")
        client.request("reboot")
    terminal.wait_event("restarted")
    terminal.subscribe()
    terminal.wait_event("ready")
    with Client(terminal.port) as client:
        after = client.request("hello")
    assert (after["version"], after["root"]) == (before["version"], before["root"])
    assert terminal.tap(person("valid").phone).code == "VALID"
