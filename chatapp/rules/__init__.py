"""Pure rules: values in, values out. No Flask, no database, no clock, no settings."""
