"""Empty on a server, unless an administrator writes something into it."""
