"""The parts beside the reader, and how a board puts them together from its pin table."""
