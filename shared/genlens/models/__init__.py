"""What is explained: contracts, the catalog of models, and the adapters that load them."""
