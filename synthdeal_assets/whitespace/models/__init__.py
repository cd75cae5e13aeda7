"""What learns: learners, training, the choice of a champion, predictions, and their record in MLflow."""
