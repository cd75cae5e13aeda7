"""What instructions planted in the notes of deals do to their scores."""
