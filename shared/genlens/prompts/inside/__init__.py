"""Inside the model: layers that carry a word, words rewritten in closed form, sparse features."""
