"""The encoders to choose from."""
