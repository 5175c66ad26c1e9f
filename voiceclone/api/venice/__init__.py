"""The Venice dialect, which OpenAI's clients speak as well: voices, speech and models."""
