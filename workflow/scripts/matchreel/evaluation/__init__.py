"""How good a scorer is against labels. Nothing is imported here, so that training needs only what it uses."""
