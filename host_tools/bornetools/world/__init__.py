"""A whole world for an emulated terminal: issuers, publisher, people with phones, and what is shown of it."""
