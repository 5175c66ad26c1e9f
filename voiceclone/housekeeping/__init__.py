"""What operators do with whole workspaces and with storage."""
