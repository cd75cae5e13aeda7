"""Statistics with intervals, and the linear algebra under them. What is measured belongs in the rooms."""
