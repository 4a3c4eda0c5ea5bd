"""A notebook on disk becomes a bundle that Connect accepts."""
