"""The boards: their pin tables, what their chips allow, and the pictures of their wiring."""
