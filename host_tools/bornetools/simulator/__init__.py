"""The simulator: the emulated terminal as a web page, with phones to tap and a trust shelf to play with."""
