"""Training of the models. Nothing is imported here, so that one kind's code is not another's."""
