"""What a sweep is: text to plan to run to results. Knows no front end, and no cluster in particular."""
