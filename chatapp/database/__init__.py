"""What the two databases need to behave alike: column types, transactions, locks."""
