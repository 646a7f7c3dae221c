import os

from borne.journal import Journal
from borne.link.journal_reader import JournalReader

PATH = "/tmp/borne-link-journal-%d" % int.from_bytes(os.urandom(4), "big")


def everything(reader, cursor=0, most=100):
    data = b""
    while True:
        piece, cursor = reader.read(cursor, most)
        if not piece:
            return data.decode().split("\n")[:-1], cursor
        assert len(piece) <= most
        data += piece


def contents(*paths):
    return "".join([open(path).read() for path in paths]).split("\n")[:-1]  # noqa: SIM115


def test_a_cursor_goes_on_where_it_was_across_the_exchange_of_files():
    journal, reader = Journal(PATH), JournalReader(PATH)
    assert reader.read(0, 100) == (b"", 0)
    assert reader.read(12345678901234, 100) == (b"", 12345678901234)
    journal.fault(1, "ONE", "x")
    lines, cursor = everything(reader)
    assert lines == contents(PATH) and len(lines) == 1
    assert everything(reader, cursor) == ([], cursor)
    journal.fault(2, "TWO", "x")
    os.rename(PATH, PATH + ".1")
    journal.fault(3, "THREE", "x")
    assert everything(reader, cursor)[0] == contents(PATH + ".1")[1:] + contents(PATH)
    assert everything(reader)[0] == contents(PATH + ".1", PATH)
    _, end = everything(reader)
    journal.fault(4, "FOUR", "x")
    os.rename(PATH, PATH + ".1")
    assert [line.count("FOUR") for line in everything(reader, end)[0]] == [1]
    # The file of the first cursor is gone: begin at the oldest line there is.
    assert everything(reader, cursor)[0] == contents(PATH + ".1")
    os.remove(PATH + ".1")


def test_lines_stay_whole_unless_one_is_longer_than_an_answer():
    with open(PATH, "w") as file:
        file.write("a" * 60 + "\n" + "b" * 60 + "\n" + "c" * 250 + "\n")
    reader = JournalReader(PATH)
    piece, cursor = reader.read(0, 100)
    assert piece == b"a" * 60 + b"\n"
    piece, cursor = reader.read(cursor, 100)
    assert piece == b"b" * 60 + b"\n"
    assert everything(reader, cursor)[0] == ["c" * 250]
    os.remove(PATH)
