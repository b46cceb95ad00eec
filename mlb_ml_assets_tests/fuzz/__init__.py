"""Fuzz: inputs that nobody would send, to everything that reads."""
