"""The game of setting sliders until a picture is rebuilt, as a measure of latent spaces."""
