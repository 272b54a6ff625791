"""A clip of one's own, predicted and explained."""
