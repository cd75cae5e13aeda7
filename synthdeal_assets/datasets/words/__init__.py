"""From what a person says to a specification, without a model: requests and corrections in words."""
