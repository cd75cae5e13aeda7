"""Stand-ins for what tests must control: scorers and other outside parties."""
