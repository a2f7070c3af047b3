"""From groups to gradients: packing, attention over trees, chunked logits, the learner."""
