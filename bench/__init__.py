"""What the product can do, as ratios to a bare Flask route of the same run: absolute figures differ between machines and hours."""
