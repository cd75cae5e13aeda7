"""What the open deals will bring: chances learnt from earlier month ends, their ranges, and the simple ways beside."""
