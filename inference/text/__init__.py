"""What an engine is given to read; see docs/text.md for the rules."""
