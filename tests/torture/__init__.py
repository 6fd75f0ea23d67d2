"""A server under faults, clients that note every operation, and a checker that reads their notes afterwards."""
