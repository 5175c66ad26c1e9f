"""Which language a text is in, and which language a customer means by what they write."""
