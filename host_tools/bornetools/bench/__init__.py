"""Measurements that the documentation quotes, each by a command that anyone can run."""
