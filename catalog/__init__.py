"""The vocabulary of the house: what a campus can say, read and checked. Refuses to talk to any system."""
