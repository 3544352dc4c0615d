"""The tab with what retraining showed."""
