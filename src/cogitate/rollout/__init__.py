"""From requests to rollouts: the engine, its thinking machine, and the samplers over it."""
