"""From requests to rollouts: the samplers, and episodes of several turns."""
