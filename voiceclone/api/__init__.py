"""What all dialects share: who is asking, how often, how much, and under which request id."""
