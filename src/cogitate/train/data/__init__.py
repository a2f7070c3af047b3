"""Sources of batches: texts, worked solutions, the policy's own rollouts."""
