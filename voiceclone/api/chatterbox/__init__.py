"""The Chatterbox dialect: two routes that speak a text, in a voice given by an address or not."""
