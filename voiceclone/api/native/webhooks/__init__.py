"""What the native dialect says and takes about webhooks."""
