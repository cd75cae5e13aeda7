"""What a field may be by name: semantic types, the places and names they draw from, and which name suggests which."""
