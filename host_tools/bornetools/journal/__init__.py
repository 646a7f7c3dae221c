"""A terminal's journal and receipts on this computer: verified, exported, verified again."""
