"""The embedded server and the local stack of processes.

Belongs here: starting, waiting for, and stopping processes on loopback.
Not here: queries, assets.
"""
