"""The synthdeal command as a user meets it: what it prints, what it leaves behind, how it ends."""
