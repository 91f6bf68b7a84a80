"""Learning: the reference network, its first weights and the settings of training, as data that both backends read."""
