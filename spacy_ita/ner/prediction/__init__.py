"""From documents to entities: views read, entities with confidences, and what stands on a Doc."""
