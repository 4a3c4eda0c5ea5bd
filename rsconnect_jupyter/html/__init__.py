"""A notebook as the page that readers open."""
