"""Databases of the earlier system, by generation, and what moving into them must not break."""
