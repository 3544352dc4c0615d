"""The tab with second opinions: other payoffs, other ways to leave a word out."""
